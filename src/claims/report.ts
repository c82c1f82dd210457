/** Everything measured, as a file: JSON for programs, Markdown for a paper's appendix or an issue. */

import { CLAIMS } from './index.ts';
import type { ClaimResult, Figure, MeasuredArm, Published } from './types.ts';
import { expectedInWords, intervalInWords, valueInWords } from './words.ts';

/** A result beside what was published, so that the file stands alone. */
export interface ReportedClaim extends ClaimResult {
  statement: string;
  published: readonly Published[];
  setting: string;
  notes: readonly string[];
}

/** In the order of the claims, the newest of a claim first. */
export function reportOf(results: readonly ClaimResult[]): { about: string; claims: ReportedClaim[] } {
  const claims = results
    .flatMap((result): ReportedClaim[] => {
      const claim = CLAIMS.find(({ id }) => id === result.claim);
      if (!claim) return [];
      const { statement, published, setting, notes } = claim;
      return [{ ...result, statement, published, setting, notes }];
    })
    .sort((a, b) => a.claim - b.claim || b.date.localeCompare(a.date));
  return { about: 'The paper, claim by claim, measured with Normless.', claims };
}

export const VERDICT_SIGNS = { holds: '✓', 'does not hold': '✗', measured: '·' } as const;

/** One table of claims, one of all figures, and what they were measured on. */
export function reportMarkdown(results: readonly ClaimResult[], armTitle: (arm: string) => string): string {
  const { claims } = reportOf(results);
  const summary = table(
    ['#', 'claim', 'published', 'verdict', 'measured on'],
    claims.map(({ claim, statement, published, setting, verdict, pair, on, date }) => [
      String(claim),
      statement,
      `${published.map(({ says, source }) => `${says} (${source})`).join('; ')}. Setting: ${setting}`,
      `${VERDICT_SIGNS[verdict]} ${verdict}`,
      `${pair.title}; ${on}; ${date}`,
    ]),
  );
  const figures = table(
    ['#', 'figure', 'model', 'measured', 'held against', ''],
    claims.flatMap(({ claim, figures }) =>
      figures.map((figure) => [
        String(claim),
        figure.what,
        figure.arm === null ? 'together' : armTitle(figure.arm),
        measuredInWords(figure),
        expectedInWords(figure) ?? '',
        figure.ok === null ? '' : figure.ok ? '✓' : '✗',
      ]),
    ),
  );
  const how = claims.map(
    ({ claim, title, convention, notes }) => `- **${claim}. ${title}.** ${[convention, ...notes].join(' ')}`,
  );
  return [
    '# The paper, claim by claim',
    summary,
    '## Figures',
    figures,
    '## How each was measured',
    how.join('\n'),
    '## Models and machine',
    models(claims, armTitle).join('\n'),
    '',
  ].join('\n\n');
}

/** Value, unit, interval and place in one cell. */
export function measuredInWords(figure: Figure): string {
  const at = figure.at ? `(${figure.at})` : '';
  return [valueInWords(figure), figure.unit === 'relative' ? '' : figure.unit, intervalInWords(figure), at]
    .filter(Boolean)
    .join(' ');
}

function models(claims: readonly ClaimResult[], armTitle: (arm: string) => string): string[] {
  const lines = claims.flatMap(({ pair, arms, device, normless }) =>
    arms.map(
      (arm) => `- ${pair.title}, ${armTitle(arm.id)}: ${armInWords(arm)}; on ${device}; Normless ${normless}`,
    ),
  );
  return [...new Set(lines)];
}

/** `LN-free · f16 · owner/name@0123abcd · sha256 89abcdef…` */
export function armInWords({ norm, dtype, source, repo, weights }: MeasuredArm): string {
  const from = repo ? `${repo.name}@${repo.revision.slice(0, 12)}` : source;
  const hashes = weights.map(({ sha256, of }) => `sha256 of the ${of} ${sha256}`);
  const unknown = hashes.length === 0 ? ['weights not hashed'] : hashes;
  return [norm === 'layer' ? 'with LayerNorm' : 'without LayerNorm', dtype ?? '', from, ...unknown]
    .filter(Boolean)
    .join(', ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A cell must not end its row or its column. */
function escaped(cell: string): string {
  return cell.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\r?\n/g, '⏎');
}
