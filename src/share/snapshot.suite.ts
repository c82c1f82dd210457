/** For tests and tools: snapshots of the demo, of the committed first result or computed by an engine in this thread. */

import { must } from '../base/assert.ts';
import type { AnalysisRequest, AnalysisResult, Edit } from '../engine/api.ts';
import { DEMO_PAIR, REGISTRY } from '../engine/registry.ts';
import type { EngineService } from '../engine/service.ts';
import { firstResult } from '../state/firstResult.ts';
import type { StorageDType } from '../tensor/params.ts';
import type { Snapshot, SnapshotRun, SnapshotToken } from './snapshot.ts';

/** A page at this address, and the folder that its models lie in. */
const LINK = 'https://normless.example/app/#v1.abc.def';

/** The analysis the page opens with, of the arms on show then. */
export function firstSnapshot(): Snapshot {
  const { results } = firstResult;
  const run = runOf(
    'unedited',
    [],
    results.predictions,
    results['token-stats'],
    results['dla:component'],
    results['dla:head'],
  );
  return {
    ...demo('https://normless.example/app/models/demo'),
    tokens: results.predictions.tokens,
    pieces: results.predictions.pieces,
    position: results.predictions.tokens.length - 1,
    target: [{ id: 673, piece: ' she' }],
    contrast: [{ id: 339, piece: ' he' }],
    about: [],
    runs: [run],
  };
}

/**
 * A question of the demo computed anew, unedited and edited. `models` is where the notebook finds the folders of the arms,
 * `storage` how the service has loaded them.
 */
export async function computedSnapshot(
  service: Pick<EngineService, 'analyze'>,
  models: string,
  question: { text: string; position: number; target: SnapshotToken[]; contrast: SnapshotToken[] },
  edits: readonly Edit[],
  storage: StorageDType = 'f32',
): Promise<Snapshot> {
  const { text, position, target, contrast } = question;
  const ids = (tokens: readonly SnapshotToken[]) => tokens.map(({ id }) => id);
  const pass = async (name: SnapshotRun['name'], edits: readonly Edit[]) => {
    const asked = { pair: 'demo', text, ...(edits.length > 0 && { edits }) };
    const at = { ...asked, position };
    const dla = { ...at, target: ids(target), ...(contrast.length > 0 && { contrast: ids(contrast) }) };
    const score = [...ids(target), ...ids(contrast)];
    const predictions = await service.analyze('predictions', { ...at, k: 10, score });
    const stats = await service.analyze('token-stats', asked as AnalysisRequest<'token-stats'>);
    const component = await service.analyze('dla', { ...dla, unit: 'component' });
    const head = await service.analyze('dla', { ...dla, unit: 'head' });
    return {
      run: runOf(name, predictions.edits ?? [], predictions, stats, component, head),
      result: predictions,
    };
  };
  const base = await pass('unedited', []);
  const edited = edits.length > 0 ? await pass('edited', edits) : null;
  const { tokens, pieces } = base.result;
  return {
    ...demo(models, storage),
    tokens,
    pieces,
    position: position < 0 ? tokens.length + position : position,
    target,
    contrast,
    about: edits.map(() => null),
    runs: edited ? [base.run, edited.run] : [base.run],
  };
}

function demo(
  models: string,
  storage: StorageDType = 'f32',
): Pick<Snapshot, 'version' | 'link' | 'pair' | 'arms'> {
  const arm = (id: string, title: string, norm: 'layer' | 'linear') =>
    ({ id, title, source: `${models}/${id}`, repo: null, storage, norm }) as const;
  return {
    version: '0.1.0',
    link: LINK,
    pair: {
      id: 'demo',
      title: must(
        REGISTRY.find(({ id }) => id === DEMO_PAIR),
        'no demo pair',
      ).title,
    },
    arms: [arm('original', 'Original', 'layer'), arm('lnfree', 'LN-free', 'linear')],
  };
}

function runOf(
  name: SnapshotRun['name'],
  edits: readonly Edit[],
  predictions: AnalysisResult<'predictions'>,
  stats: AnalysisResult<'token-stats'>,
  component: AnalysisResult<'dla'>,
  head: AnalysisResult<'dla'>,
): SnapshotRun {
  return {
    name,
    edits,
    engine: predictions.engine,
    predictions: predictions.arms,
    between: predictions.between ?? {},
    tokenStats: stats.arms,
    attribution: { component: component.arms, head: head.arms },
  };
}
