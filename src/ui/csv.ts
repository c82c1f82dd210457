/** Tables as comma-separated values (RFC 4180): what a spreadsheet or a notebook reads back unchanged. */

export type CsvCell = string | number | boolean | null | undefined;

/** Header and rows; numbers at the precision of an f32, texts quoted where they must be. */
export function toCsv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

function cell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return exact(value);
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The shortest digits that give the same f32 back; integers as they are. */
function exact(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(9)));
}

/**
 * The same table by tabs, as spreadsheets paste it: what `toCsv` wrote, without quotes. Tabs and line ends inside a cell
 * become their escapes, since this form has no way to quote them.
 */
export function toTsv(csv: string): string {
  const escapes: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
  const plain = (text: string) => text.replace(/[\t\r\n]/g, (character) => escapes[character] ?? '');
  // A quoted cell, a bare one, a comma, or the end of a row.
  return csv.replace(/"((?:[^"]|"")*)"|[^,"\r\n]+|,|\r\n/g, (part, quoted: string | undefined) => {
    if (quoted !== undefined) return plain(quoted.replaceAll('""', '"'));
    return part === ',' ? '\t' : part === '\r\n' ? part : plain(part);
  });
}

/** The cells of what `toCsv` wrote, header first. */
export function fromCsv(csv: string): string[][] {
  const rows: string[][] = [['']];
  for (const [part, quoted] of csv.matchAll(/"((?:[^"]|"")*)"|[^,"\r\n]+|,|\r\n/g)) {
    const row = rows.at(-1) ?? [];
    if (part === '\r\n') rows.push(['']);
    else if (part === ',') row.push('');
    else row[row.length - 1] = quoted === undefined ? part : quoted.replaceAll('""', '"');
  }
  return rows;
}
