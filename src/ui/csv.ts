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
