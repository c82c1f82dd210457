/** The panel's tables: every σ and length, and every step of a surgery. */

import type { AnalysisResult } from '../../engine/api.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import type { ArmScales, ArmSurgery } from './words.ts';

/** One row per model, place and position: σ of norms, lengths and cosines of stages. */
export function scalesCsv({ pieces }: AnalysisResult<'norm-scales'>, arms: readonly ArmScales[]): string {
  const rows = arms.flatMap(({ arm, scales }) => {
    const { sigma, lengths, cosines, sites, stages } = scales;
    const table = (kind: string, names: readonly string[], { data }: typeof sigma) =>
      names.flatMap((name, row) =>
        pieces.map((piece, p): CsvCell[] => [arm, kind, name, p, piece, data[row * pieces.length + p]]),
      );
    return [
      ...table(`sigma ${scales.scale}`, sites, sigma),
      ...table('length', stages, lengths),
      ...table('cosine with the next', stages.slice(0, -1), cosines),
    ];
  });
  return toCsv(['model', 'quantity', 'place', 'position', 'piece', 'value'], rows);
}

/** One row per model and step; the scales of a step's sites side by side in one cell. */
export function surgeryCsv(arms: readonly ArmSurgery[]): string {
  const rows = arms.flatMap(({ arm, surgery }) =>
    surgery.steps.map(({ label, frozen, loss, entropy, kl, top }, step): CsvCell[] => [
      ...[arm, step, label, frozen.map(({ sigma }) => Number(sigma.toPrecision(9))).join(' ')],
      ...[loss, entropy, kl, top.id, top.piece, top.prob],
    ]),
  );
  const header = ['model', 'step', 'frozen', 'sigma', 'loss', 'entropy', 'kl', 'top_id', 'top', 'top_prob'];
  return toCsv(header, rows);
}
