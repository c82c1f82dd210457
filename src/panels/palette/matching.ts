/** Finding commands by what is typed. */

export interface Command {
  /** Unique among all. */
  id: string;
  /** What it belongs to, in a word or two. */
  group: string;
  title: string;
  /** A few words more; they are searched, too. */
  about?: string;
  /** The key that does the same, as in the help. */
  key?: string;
  run: () => void;
}

/**
 * The commands that contain every word typed, in any order: those whose title has the words as they were typed come
 * first, then those where more of them begin a word of the title, else in the order given.
 */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = wordsOf(typed);
  return commands
    .filter(({ title, group, about = '' }) => {
      const text = `${group} ${title} ${about}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .map((command) => ({ command, score: scoreOf(command.title.toLowerCase(), words) }))
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}

function scoreOf(title: string, words: readonly string[]): number {
  const begins = wordsOf(title);
  const begun = words.filter((word) => begins.some((each) => each.startsWith(word))).length;
  return begun + (title.includes(words.join(' ')) ? words.length : 0);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
