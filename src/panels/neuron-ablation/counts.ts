/** Token counts from a JSON file: a list with a number for each token of the vocabulary. */

/** The counts in a text, or why it holds none; `vocabulary` is how many there must be, where that is known. */
export function countsIn(text: string, vocabulary: number | null): { values: number[] } | { why: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return {
      why: 'That is no JSON. It must be a list of numbers, one for each token, in the order of their ids.',
    };
  }
  if (!Array.isArray(parsed) || !parsed.every((each) => typeof each === 'number' && each >= 0)) {
    return { why: 'It must be a list of numbers, none negative: how often each token occurs, by its id.' };
  }
  if (vocabulary !== null && parsed.length !== vocabulary)
    return { why: `It holds ${parsed.length} counts, but the vocabulary has ${vocabulary} tokens.` };
  if (parsed.every((count) => count === 0)) return { why: 'All of its counts are 0.' };
  return { values: parsed };
}
