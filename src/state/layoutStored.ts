/** What is stored of the layout: untrusted, as another version, or anybody at the browser's tools, may have written it. */

import * as v from 'valibot';

/** A share that leaves its neighbours something, in the style sheet's `fr`. */
const width = v.pipe(v.number(), v.minValue(5), v.maxValue(500));
const layout = v.strictObject({ columns: v.strictTuple([width, width, width]) });

/** The shares that the three answers have of the page's width. */
export type Columns = v.InferOutput<typeof layout>['columns'];

/** The widths stored, or null where the text says none that can be. */
export function readLayout(stored: string): Columns | null {
  try {
    const read = v.safeParse(layout, JSON.parse(stored));
    return read.success ? read.output.columns : null;
  } catch {
    return null; // not even JSON
  }
}
