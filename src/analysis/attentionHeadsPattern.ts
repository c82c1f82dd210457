/** One head in full: its pattern, and the pattern weighted by what each key gives. */

import { must } from '../base/assert.ts';
import { blockHook } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import { type LabelledTensor, labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkIds } from './armRun.ts';
import type { AttentionOptions } from './attentionHeads.ts';
import { patternOf } from './attentionHeadsPatterns.ts';
import { readout } from './readout.ts';
import { uploadIds, uploadVector, withScratch } from './scratch.ts';
import type { HeadPattern } from './types/index.ts';
import { readInBlocks } from './unembed.ts';

/** The pattern [query, key] of one head; weighted by ‖v·W_O‖ of the key; and, given a target, by the key's share in its logit. */
export async function headPattern(
  run: ArmRun,
  { layer, head }: { layer: number; head: number },
  options: Pick<AttentionOptions, 'target' | 'contrast' | 'centerUnembed'>,
): Promise<HeadPattern> {
  const { model, cache } = run;
  const T = cache.pos;
  const target = checkIds('target', options.target, model.config);
  const contrast = checkIds('contrast', options.contrast, model.config);
  const direction =
    target.length > 0 ? (await readout(model, target, contrast, options.centerUnembed)).direction : null;

  const read = await withScratch(model, 'one head', async (ops) => {
    const rows = Array.from({ length: T }, (_, query) => head * T + query);
    const pattern = ops.embed(patternOf(run, ops, layer), uploadIds(ops, rows, 'rows of the head'));
    const [values, sigma] = await ops.read([pattern, cache.get('ln_final.hook_scale')]);
    return {
      pattern: values,
      sigma,
      lengths: await lengthsWritten(run, ops, layer),
      shares: direction && (await sharesWritten(run, ops, layer, direction)),
    };
  });

  const { nHeads } = model.config;
  const ofHead = (values: Float32Array, key: number) => values[key * nHeads + head] as number;
  const grid = (value: (query: number, key: number, attention: number) => number): LabelledTensor =>
    labelled(
      ['query', 'key'],
      [T, T],
      read.pattern.map((attention, i) => value(Math.floor(i / T), i % T, attention)),
    );
  const { shares, lengths, sigma } = read;
  return {
    layer,
    head,
    pattern: grid((_query, _key, attention) => attention),
    valueWeighted: grid((_, key, attention) => attention * ofHead(lengths, key)),
    dlaWeighted:
      shares && grid((query, key, attention) => (attention * ofHead(shares, key)) / (sigma[query] as number)),
    target: [...target],
    contrast: [...contrast],
  };
}

/** ‖v·W_O^h‖ of every position and head, [pos, head]. */
async function lengthsWritten({ model, cache }: ArmRun, ops: Ops, layer: number): Promise<Float32Array> {
  const { nHeads, dModel } = model.config;
  const { W_O } = must(model.params.blocks[layer], `layer ${layer}`);
  const positions = [...Array(cache.pos).keys()];
  const [squares] = await readInBlocks(ops, positions, 4 * nHeads * dModel, (some) => {
    const ids = ops.upload({ dtype: 'u32', shape: [1, some.length], data: Uint32Array.from(some) }, 'keys');
    const v = ops.embed(cache.get(blockHook(layer, 'attn.hook_v')), ids); // [1, some, head·d_head]
    const written = ops.headResults(v, W_O, nHeads); // [1, some, head, d_model]
    return [ops.dotGroups(written, written, 1)];
  });
  return must(squares, 'no lengths').map(Math.sqrt);
}

/** v·W_O^h·direction of every position and head, [pos, head]: a logit's share per unit of attention, before σ. */
async function sharesWritten(
  { model, cache }: ArmRun,
  ops: Ops,
  layer: number,
  direction: Float64Array,
): Promise<Float32Array> {
  const { W_O } = must(model.params.blocks[layer], `layer ${layer}`);
  const readOut = ops.linearT(uploadVector(ops, direction, 'target direction'), W_O);
  const shares = ops.dotGroups(cache.get(blockHook(layer, 'attn.hook_v')), readOut, model.config.nHeads);
  const [values] = await ops.read([shares]);
  return values;
}
