/** HTML from texts that nobody vouches for: whatever goes in is shown, and is never markup. */

/** Markup that was made here; only `html` makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = string | number | Markup | readonly Markup[];

/** A template whose values are escaped, unless they are markup themselves. */
export function html(pieces: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(
    pieces.map((piece, i) => (i === 0 ? piece : textOf(values[i - 1] ?? '') + piece)).join(''),
  );
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return (part as readonly Markup[]).map(({ text }) => text).join('\n');
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A table with a head, its rows' first cell as their name, numbers to the right. Where it scrolls, keys scroll it too. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): Markup {
  const cell = (value: string | number | null, i: number) => {
    if (i === 0) return html`<th scope="row">${value ?? ''}</th>`;
    return typeof value === 'string' ? html`<td>${value}</td>` : html`<td class="n">${digits(value)}</td>`;
  };
  return html`<div class="wide" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}
</tbody>
</table></div>`;
}

/** The shortest digits that give the same f32 back: no number here is less exact than on the page. */
export function digits(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  return String(Number.isInteger(value) || !Number.isFinite(value) ? value : Number(value.toPrecision(9)));
}
