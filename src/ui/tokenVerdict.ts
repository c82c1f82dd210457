/** Judges a typed text as a target: one token, or a split, and whether a leading space was forgotten. */

export interface PickedToken {
  id: number;
  piece: string;
}

type Resolve = (text: string) => Promise<{ ids: number[]; pieces: string[] }>;

export type Verdict =
  | { kind: 'one'; text: string; token: PickedToken; spaced: PickedToken | null }
  | { kind: 'split'; text: string; pieces: string[]; spaced: PickedToken | null }
  | { kind: 'error'; message: string; spaced: null };

/** Tokenizes the exact text, and with a space before it where it starts like a word. */
export async function judge(text: string, resolve: Resolve): Promise<Verdict> {
  try {
    const exact = await resolve(text);
    const token = single(exact);
    const withSpace = /^[\p{L}\p{N}]/u.test(text) ? single(await resolve(` ${text}`)) : null;
    const spaced = withSpace?.id === token?.id ? null : withSpace; // an id is the same with or without
    return token
      ? { kind: 'one', text, token, spaced }
      : { kind: 'split', text, pieces: exact.pieces, spaced };
  } catch (error) {
    return { kind: 'error', message: error instanceof Error ? error.message : String(error), spaced: null };
  }
}

function single({ ids, pieces }: { ids: number[]; pieces: string[] }): PickedToken | null {
  const [id, piece] = [ids[0], pieces[0]];
  return ids.length === 1 && id !== undefined && piece !== undefined ? { id, piece } : null;
}
