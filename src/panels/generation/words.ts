/** Tokens as a text that may break between words and not within them. */

import { glyphs } from '../../ui/glyphs.ts';

export interface Word {
  /** Index of its first token. */
  first: number;
  /** What stands before it: a space, a line's end, or nothing. */
  space: string;
  /** Its tokens as they are drawn: without the space in front, which is where lines break. */
  texts: string[];
  /** A new line follows. */
  ends: boolean;
}

/** A token that begins with a space or a newline begins a word. */
export function words(pieces: readonly string[]): Word[] {
  const all: Word[] = [];
  for (const [i, piece] of pieces.entries()) {
    const space = piece.length > 1 && piece.startsWith(' ') ? ' ' : '';
    const text = readable(piece.slice(space.length));
    const word = all.at(-1);
    const ends = piece.endsWith('\n');
    if (!word || space || /^\s/.test(piece) || /\s$/.test(pieces[i - 1] ?? ''))
      all.push({ first: i, space, texts: [text], ends });
    else {
      word.texts.push(text);
      word.ends = ends;
    }
  }
  return all;
}

/** As `glyphs`, with the spaces between words left alone; a space on its own is drawn. */
function readable(text: string): string {
  return text.trim() === '' ? glyphs(text) : glyphs(text).replaceAll('␣', ' ');
}
