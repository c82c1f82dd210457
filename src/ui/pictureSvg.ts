/** A picture as marks, and its text as an SVG file: nothing in it runs, nothing is fetched, every text is escaped. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** In CSS pixels from the picture's corner; colours as `rgb()` or `rgba()`. */
export type Mark =
  | ({ kind: 'box'; fill: string | null; stroke: string | null; strokeWidth: number; radius: number } & Box)
  | {
      kind: 'text';
      text: string;
      /** Where the baseline begins. */
      x: number;
      y: number;
      /** As long as it was on the page, whatever fonts the reader has. */
      length: number;
      /** Reads upwards. */
      upright: boolean;
      fill: string;
      size: number;
      family: string;
      weight: string;
      italic: boolean;
    }
  /** A canvas, as a data: address. */
  | ({ kind: 'image'; href: string } & Box)
  /** An SVG's inside, its styles written out. */
  | ({ kind: 'drawing'; inside: string } & Box)
  | { kind: 'group'; opacity: number; clip: Box | null; marks: readonly Mark[] };

export interface Picture {
  width: number;
  height: number;
  background: string;
  marks: readonly Mark[];
  /** What stands below: which models, which link. */
  foot: readonly string[];
  /** Of the foot. */
  ink: string;
  family: string;
}

const MARGIN = 14;
const FOOT = { size: 10, line: 14 };
/** A letter's width over its size, on the safe side for common fonts. */
const LETTER = 0.66;

/** Width and height of the whole file, in CSS pixels. */
export function pictureSize({ width, height, foot }: Picture): { width: number; height: number } {
  const lines = footLines(foot, width).length;
  return {
    width: Math.ceil(width) + 2 * MARGIN,
    height: Math.ceil(height) + 2 * MARGIN + (lines > 0 ? lines * FOOT.line + 6 : 0),
  };
}

/** The text of the file. `title` is read out in place of the picture. */
export function toSvg(picture: Picture, title: string): string {
  const { width, height } = pictureSize(picture);
  const foot = footLines(picture.foot, picture.width).map((line, i) => {
    const y = MARGIN + Math.ceil(picture.height) + 6 + (i + 1) * FOOT.line - 3;
    return `<text x="${MARGIN}" y="${y}" fill="${escaped(picture.ink)}" font-size="${FOOT.size}" font-family="${escaped(picture.family)}" xml:space="preserve">${escaped(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${escaped(picture.background)}"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...picture.marks.map(markSvg),
    '</g>',
    ...foot,
    '</svg>',
    '',
  ].join('\n');
}

function markSvg(mark: Mark): string {
  switch (mark.kind) {
    case 'box':
      return `<rect ${place(mark)}${attribute('fill', mark.fill ?? 'none')}${
        mark.stroke ? `${attribute('stroke', mark.stroke)} stroke-width="${short(mark.strokeWidth)}"` : ''
      }${mark.radius > 0 ? ` rx="${short(mark.radius)}"` : ''}/>`;
    case 'text': {
      const at = mark.upright
        ? `transform="translate(${short(mark.x)} ${short(mark.y)}) rotate(-90)"`
        : `x="${short(mark.x)}" y="${short(mark.y)}"`;
      const font = `font-size="${short(mark.size)}"${attribute('font-family', mark.family)}${attribute('font-weight', mark.weight)}`;
      const fit = ` textLength="${short(mark.length)}" lengthAdjust="spacingAndGlyphs"`;
      const slant = mark.italic ? ' font-style="italic"' : '';
      return `<text ${at}${attribute('fill', mark.fill)} ${font}${slant}${fit} xml:space="preserve">${escaped(mark.text)}</text>`;
    }
    case 'image':
      return `<image ${place(mark)} preserveAspectRatio="none"${attribute('href', mark.href)}/>`;
    case 'drawing':
      return `<svg ${place(mark)}>${mark.inside}</svg>`;
    case 'group': {
      const inside = mark.marks.map(markSvg).join('\n');
      const { clip, opacity } = mark;
      // A nested svg shows nothing outside its box.
      const clipped = clip
        ? `<svg ${place(clip)} viewBox="${[clip.x, clip.y, clip.width, clip.height].map(short).join(' ')}">${inside}</svg>`
        : inside;
      return opacity < 1 ? `<g opacity="${short(opacity)}">${clipped}</g>` : clipped;
    }
  }
}

function place({ x, y, width, height }: Box): string {
  return `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
}

/** A hundredth of a pixel is more than anybody sees. */
function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function attribute(name: string, value: string): string {
  return ` ${name}="${escaped(value)}"`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML does not know at all are left out: no program would open the file. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}

/** Lines as long as the picture is wide, broken between words; an address has none, and breaks anywhere. */
function footLines(foot: readonly string[], width: number): string[] {
  const most = Math.max(20, Math.floor(width / (FOOT.size * LETTER)));
  return foot.flatMap((line) => line.match(new RegExp(`.{1,${most}}(?:\\s+|$)|.{1,${most}}`, 'gsu')) ?? []);
}
