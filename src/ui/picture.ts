/** Panels as picture files, SVG and PNG: as they are drawn now, and below them what was chosen, which models and which link. */

import { UnsupportedError } from '../base/errors.ts';
import { choicesOf } from './pictureChoices.ts';
import { colourReader } from './pictureColour.ts';
import { pictureFoot } from './pictureFoot.ts';
import { marksOf } from './pictureMarks.ts';
import { type Picture, pictureSize, toSvg } from './pictureSvg.ts';

/** Pixels of a PNG for each of the page: sharp in print and on dense screens. */
const DENSITY = 2;
/** What canvases of all browsers hold, along a side. */
const LONGEST = 16_384;

/** The element as an SVG file, vectors but for heat maps. */
export async function svgOf(element: HTMLElement, title: string): Promise<string> {
  return toSvg(await pictureOf(element), title);
}

/** The same as a PNG file. @throws UnsupportedError where the browser cannot draw it, being too large. */
export async function pngOf(element: HTMLElement, title: string): Promise<Uint8Array<ArrayBuffer>> {
  const picture = await pictureOf(element);
  const { width, height } = pictureSize(picture);
  const density = Math.min(DENSITY, LONGEST / Math.max(width, height));
  const address = URL.createObjectURL(new Blob([toSvg(picture, title)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob)
      throw new UnsupportedError(
        'This browser cannot draw so large a picture. Take the SVG, or fewer rows.',
        {
          width,
          height,
        },
      );
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function pictureOf(panel: HTMLElement): Promise<Picture> {
  // One that fills the window is not where its place is.
  const element = panel.querySelector<HTMLElement>('[data-maximised]') ?? panel;
  const choices = choicesOf(element);
  const foot = [...(choices.length > 0 ? [choices.join(' · ')] : []), ...(await pictureFoot())];
  const colour = colourReader();
  const page = getComputedStyle(document.documentElement);
  const { color, fontFamily } = getComputedStyle(element);
  return {
    ...marksOf(element, DENSITY),
    background: colour(page.backgroundColor),
    ink: colour(color),
    family: fontFamily,
    foot,
  };
}
