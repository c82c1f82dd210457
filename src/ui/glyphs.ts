/** How the text of a token is drawn, so that nothing in it is invisible or can pose as something else. */

const NAMED: Record<string, string> = { ' ': '␣', '\n': '↵', '\t': '\\t', '\r': '\\r' };

/** Control, format (zero-width, bidirectional), other separators than a space, and halves of surrogate pairs. */
const HIDDEN = /[ \p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** ` she` → `␣she`, newline → `↵`, any other invisible character → its escape, e.g. `\u200B`. */
export function glyphs(piece: string): string {
  return piece.replace(HIDDEN, (character) => NAMED[character] ?? escapeOf(character));
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code > 0xffff) return `\\u{${hex}}`;
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
