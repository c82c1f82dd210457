/** An element of the page as marks: what is seen of it now, in the theme that it has, place by place. */

import { sharper } from './drawCells.ts';
import { colourReader } from './pictureColour.ts';
import type { Box, Mark } from './pictureSvg.ts';
import { linesOf } from './pictureText.ts';

/** What is for the hand and not for the eye. */
const FOR_THE_HAND = '[data-no-picture], label, select, input, textarea, details, fieldset';
/** And what opens on top. */
const LEFT_OUT = `${FOR_THE_HAND}, [popover], [popovertarget]`;

/** What an SVG's marks take from style sheets that a file does not have. */
const SVG_STYLES = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity'],
  ...['fill-opacity', 'stroke-opacity', 'font-size', 'font-family', 'font-weight', 'text-anchor'],
  ...['dominant-baseline', 'paint-order', 'visibility'],
] as const;

/** The marks of an element and its size; x and y from its corner. `density`: pixels of canvases for each of the page. */
export function marksOf(
  element: HTMLElement,
  density: number,
): { width: number; height: number; marks: Mark[] } {
  const bringBack = takeAway(element);
  try {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { width, height, marks: new Walker(left, top, density).marksOf(element) };
  } finally {
    bringBack();
  }
}

/**
 * Closes the gaps that what is left out would leave. Nothing of it is seen: the browser paints after this turn, when all
 * is back. What is open on top stays, else it would close.
 */
function takeAway(element: HTMLElement): () => void {
  const { scrollX, scrollY } = window;
  const taken = [...element.querySelectorAll<HTMLElement>(FOR_THE_HAND)].filter(
    (each) => !each.closest('[popover]') && !each.querySelector('[popover]'),
  );
  const before = taken.map(({ style }) => [
    style.getPropertyValue('display'),
    style.getPropertyPriority('display'),
  ]);
  for (const { style } of taken) style.setProperty('display', 'none', 'important');
  return () => {
    taken.forEach(({ style }, i) => {
      const [display = '', priority] = before[i] ?? [];
      style.setProperty('display', display, priority);
    });
    window.scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
  };
}

class Walker {
  readonly #colour = colourReader();

  constructor(
    private readonly left: number,
    private readonly top: number,
    private readonly density: number,
  ) {}

  marksOf(element: Element): Mark[] {
    if (element.matches(LEFT_OUT)) return [];
    const style = getComputedStyle(element);
    // Named for screen readers only, elements are cut to nothing.
    if (style.display === 'none' || (style.clipPath !== 'none' && style.position === 'absolute')) return [];
    const box = this.#boxOf(element.getBoundingClientRect());
    const inside =
      element instanceof HTMLCanvasElement
        ? this.#canvas(element, box)
        : element instanceof SVGSVGElement
          ? this.#drawing(element, box)
          : [...element.childNodes].flatMap((node) => this.#child(node, style));
    const own = style.visibility === 'visible' ? this.#boxMarks(box, style) : [];
    const clip = this.#scrolls(element, style) ? box : null;
    const opacity = Number(style.opacity);
    if (!clip && opacity === 1) return [...own, ...inside];
    return [{ kind: 'group', opacity, clip, marks: [...own, ...inside] }];
  }

  #child(node: ChildNode, style: CSSStyleDeclaration): Mark[] {
    if (node instanceof Element) return this.marksOf(node);
    if (!(node instanceof Text) || style.visibility !== 'visible') return [];
    const fill = this.#colour(style.color);
    const { fontFamily: family, fontWeight: weight } = style;
    const font = {
      fill,
      family,
      weight,
      size: Number.parseFloat(style.fontSize),
      italic: style.fontStyle === 'italic',
    };
    return linesOf(node, style).map((line) => ({
      kind: 'text',
      ...line,
      x: line.x - this.left,
      y: line.y - this.top,
      ...font,
    }));
  }

  /** Ground, border and outline of an element. */
  #boxMarks(box: Box, style: CSSStyleDeclaration): Mark[] {
    const marks: Mark[] = [];
    const radius = Number.parseFloat(style.borderTopLeftRadius) || 0;
    const rect = (at: Box, fill: string | null, stroke: string | null = null, strokeWidth = 0) =>
      marks.push({ kind: 'box', ...at, fill, stroke, strokeWidth, radius: fill || stroke ? radius : 0 });
    if (box.width <= 0 || box.height <= 0) return marks;
    const ground = this.#colour(style.backgroundColor);
    if (isSeen(ground)) rect(box, ground);
    const { x, y, width, height } = box;
    const sides = [
      { side: 'top', at: (w: number) => ({ x, y, width, height: w }) },
      { side: 'right', at: (w: number) => ({ x: x + width - w, y, width: w, height }) },
      { side: 'bottom', at: (w: number) => ({ x, y: y + height - w, width, height: w }) },
      { side: 'left', at: (w: number) => ({ x, y, width: w, height }) },
    ].flatMap(({ side, at }) => {
      const wide = Number.parseFloat(style.getPropertyValue(`border-${side}-width`));
      const colour = this.#colour(style.getPropertyValue(`border-${side}-color`));
      const drawn = style.getPropertyValue(`border-${side}-style`) !== 'none' && wide > 0 && isSeen(colour);
      return drawn ? [{ at: at(wide), wide, colour }] : [];
    });
    const [first] = sides;
    const whole =
      sides.length === 4 &&
      sides.every(({ wide, colour }) => wide === first?.wide && colour === first.colour);
    if (first && whole) rect(inset(box, first.wide / 2), null, first.colour, first.wide);
    else
      for (const { at, colour } of sides)
        marks.push({ kind: 'box', ...at, fill: colour, stroke: null, strokeWidth: 0, radius: 0 });
    const outline = Number.parseFloat(style.outlineWidth);
    if (style.outlineStyle !== 'none' && outline > 0) {
      const offset = Number.parseFloat(style.outlineOffset) || 0;
      rect(inset(box, -offset - outline / 2), null, this.#colour(style.outlineColor), outline);
    }
    return marks;
  }

  #canvas(canvas: HTMLCanvasElement, box: Box): Mark[] {
    if (canvas.width === 0 || canvas.height === 0) return [];
    return [{ kind: 'image', ...box, href: sharper(canvas, this.density).toDataURL('image/png') }];
  }

  /** A copy with its styles written out: in a file there is no style sheet. */
  #drawing(svg: SVGSVGElement, box: Box): Mark[] {
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const originals = svg.querySelectorAll('*');
    copy.querySelectorAll('*').forEach((element, i) => {
      const original = originals[i];
      if (!original) return;
      const style = getComputedStyle(original);
      for (const name of SVG_STYLES) {
        const value = style.getPropertyValue(name);
        const isColour =
          (name === 'fill' || name === 'stroke') && value !== 'none' && !value.startsWith('url(');
        if (value) element.setAttribute(name, isColour ? this.#colour(value) : value);
      }
      element.removeAttribute('class');
      element.removeAttribute('style');
    });
    const serializer = new XMLSerializer();
    const inside = [...copy.childNodes].map((node) => serializer.serializeToString(node)).join('');
    return [{ kind: 'drawing', ...box, inside }];
  }

  #scrolls(element: Element, style: CSSStyleDeclaration): boolean {
    const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    return (
      hides &&
      (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
    );
  }

  #boxOf({ left, top, width, height }: DOMRect): Box {
    return { x: left - this.left, y: top - this.top, width, height };
  }
}

function isSeen(colour: string): boolean {
  return !/^rgba\(.*, 0\)$/.test(colour);
}

function inset({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: Math.max(0, height - 2 * by) };
}
