/** A text of the page as the lines that it is broken into, each with the place of its baseline. */

/** In the window's pixels. */
export interface TextLine {
  text: string;
  x: number;
  y: number;
  length: number;
  /** Reads upwards. */
  upright: boolean;
}

/** The lines of a text node; white space that the page does not draw is not in them. */
export function linesOf(node: Text, style: CSSStyleDeclaration): TextLine[] {
  if (!node.data.trim() && !style.whiteSpace.startsWith('pre')) return [];
  const upright = style.writingMode !== 'horizontal-tb';
  const pieces = piecesOf(node, upright);
  const { ascent, descent } = heightsOf(style);
  return pieces.map(({ text, rect }) => {
    if (upright) {
      const middle = rect.left + rect.width / 2;
      return { text, x: middle + (ascent - descent) / 2, y: rect.bottom, length: rect.height, upright };
    }
    const baseline = rect.top + (rect.height - ascent - descent) / 2 + ascent;
    return { text, x: rect.left, y: baseline, length: rect.width, upright };
  });
}

/** Runs of characters on one line each. */
function piecesOf(node: Text, upright: boolean): { text: string; rect: DOMRect }[] {
  const range = document.createRange();
  range.selectNodeContents(node);
  const rects = range.getClientRects();
  const [only] = rects;
  // The usual case: one line, and nothing that white space could have been taken from.
  if (rects.length === 1 && only && !/^\s|\s$|\s\s|[\n\t\r]/.test(node.data))
    return only.width > 0 ? [{ text: node.data, rect: only }] : [];
  const lines: { text: string; rect: DOMRect }[] = [];
  let at = 0;
  for (const character of node.data) {
    range.setStart(node, at);
    at += character.length;
    range.setEnd(node, at);
    const rect = range.getBoundingClientRect();
    if (rect.width === 0 || rect.height === 0) continue;
    const last = lines.at(-1);
    const drawn = /\s/.test(character) ? ' ' : character;
    const same = last && (upright ? last.rect.left === rect.left : Math.abs(last.rect.top - rect.top) < 1);
    if (same) Object.assign(last, { text: last.text + drawn, rect: around(last.rect, rect) });
    else lines.push({ text: drawn, rect });
  }
  return lines.filter(({ text }) => text.trim());
}

function around(a: DOMRect, b: DOMRect): DOMRect {
  const [x, y] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  return new DOMRect(x, y, Math.max(a.right, b.right) - x, Math.max(a.bottom, b.bottom) - y);
}

let context: CanvasRenderingContext2D | null = null;

/** How far a font reaches above and below its baseline, in pixels. */
function heightsOf({ font, fontSize }: CSSStyleDeclaration): { ascent: number; descent: number } {
  context ??= document.createElement('canvas').getContext('2d');
  const size = Number.parseFloat(fontSize);
  if (!context) return { ascent: 0.8 * size, descent: 0.2 * size };
  context.font = font;
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText('x');
  return { ascent, descent };
}
