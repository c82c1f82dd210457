/** A reading as one table: every number on show, a line each. */

import type { CorpusMean, CorpusPlace } from '../../analysis/types/index.ts';
import type { AnalysisResult } from '../../engine/api.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';

const HEADER = [
  'models',
  'measure',
  'from',
  'to',
  'value',
  'low',
  'high',
  'count',
  'text_index',
  'token',
  'before',
];

/** Pieces before a listed token that go with it. */
const BEFORE = 12;

export function readingCsv({ arms, between = {}, coverage }: AnalysisResult<'corpus'>): string {
  const rows: CsvCell[][] = [];
  const add = (
    models: string,
    measure: string,
    value: CsvCell,
    more: Partial<Record<'from' | 'to' | 'low' | 'high' | 'count', CsvCell>> = {},
    place?: CorpusPlace,
  ) =>
    rows.push([
      models,
      measure,
      more.from,
      more.to,
      value,
      more.low,
      more.high,
      more.count,
      place?.index,
      place?.piece,
      place?.context.pieces.slice(-BEFORE).join(''),
    ]);
  const mean = (models: string, measure: string, { mean, interval }: CorpusMean, more = {}) =>
    add(models, measure, mean, { low: interval?.[0], high: interval?.[1], ...more });

  for (const [id, arm] of Object.entries(arms)) {
    const count = arm.coverage.tokens;
    mean(id, 'loss', arm.loss, { count });
    mean(id, 'perplexity', arm.perplexity, { count });
    mean(id, 'entropy', arm.entropy, { count });
    add(id, 'ece', arm.ece, { count });
    add(id, 'accuracy', arm.accuracy, { count });
    add(id, 'median', arm.median, { count });
    add(id, 'middle_95', null, { low: arm.range95[0], high: arm.range95[1], count });
    add(id, 'middle_99.9', null, { low: arm.range999[0], high: arm.range999[1], count });
    add(id, 'outliers', arm.outliers.count);
    add(id, 'outliers_not_finite', arm.outliers.nonFinite);
    add(id, 'loss_with_outliers', arm.lossWithOutliers);
    for (const { from, to, count, loss } of arm.byContext)
      if (loss) mean(id, 'loss_by_context', loss, { from, to, count });
    for (const { from, to, count, confidence, accuracy } of arm.calibration) {
      add(id, 'calibration_confidence', confidence, { from, to, count });
      add(id, 'calibration_accuracy', accuracy, { from, to, count });
    }
    if (arm.attribution) {
      const { positions, terms, heads } = arm.attribution;
      for (const { label, mean: share, size } of [...terms, ...heads]) {
        add(id, `attribution ${label}`, share, { count: positions });
        mean(id, `attribution_size ${label}`, size, { count: positions });
      }
    }
    for (const place of arm.worst) add(id, 'largest_loss', place.loss, {}, place);
    for (const place of arm.outliers.places) add(id, 'outlier', place.loss, {}, place);
  }
  for (const [two, of] of Object.entries(between)) {
    const count = of.coverage.tokens;
    if (of.jsd) mean(two, 'jsd', of.jsd, { count });
    mean(two, 'delta_loss', of.deltaLoss, { count });
    for (const { band, count, contribution } of of.bands)
      add(two, `delta_loss ${band}`, contribution, { count });
    for (const place of of.places) {
      if (place.jsd !== null) add(two, 'disagreement_jsd', place.jsd, {}, place);
      add(two, 'disagreement_delta_loss', place.losses[1] - place.losses[0], {}, place);
    }
  }
  add('all', 'windows', coverage.windows, { to: coverage.ofWindows });
  add('all', 'scored_tokens', coverage.tokens, { to: coverage.ofTokens });
  return toCsv(HEADER, rows);
}
