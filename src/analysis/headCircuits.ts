/**
 * A head's weights as maps from token to token: OV from the token attended to to the tokens pushed, QK from query token
 * to key token (SCIENCE §1). Embeddings enter alone, without a position's.
 */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Ops } from '../tensor/ops.ts';
import { difference, labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, promptOf } from './armRun.ts';
import { finalNorm } from './readout.ts';
import { centring, indexTable, uploadIds, uploadVector, withScratch } from './scratch.ts';
import type { HeadCircuitsArm, HeadCircuitsBetween, HeadInput, TokenPush } from './types/index.ts';
import { readInBlocks } from './unembed.ts';
import { MAX_PUSHED } from './writes.ts';

export interface HeadCircuitsOptions {
  layer: number;
  head: number;
  /** Ids; null for the prompt's, each once. */
  tokens: readonly number[] | null;
  input: HeadInput;
  k: number;
  piece: (id: number) => string;
}

const MOST_TOKENS = 64;

/** Weights are all it reads; a run records something small. */
export const HEAD_CIRCUITS_HOOKS = ['ln_final.hook_scale'] as const;

/**
 * ov[s, t] = ln1(E_s)·W_V·W_O·C·gain·(u_t − mean u), and qk[q, k] = (ln1(E_q)·W_Q)·(ln1(E_k)·W_K)/√d_head, ln1 as `input`
 * says. Products go through d_head, so the d_model × d_model matrices are never built.
 * @throws InputError on a layer, head, token or k that is not there.
 */
export async function headCircuits(run: ArmRun, options: HeadCircuitsOptions): Promise<HeadCircuitsArm> {
  const { model, cache } = run;
  const { config, params } = model;
  const { input, piece } = options;
  const layer = checkCount('layer', options.layer, 0, config.nLayers - 1);
  const head = checkCount('head', options.head, 0, config.nHeads - 1);
  const k = checkCount('k', options.k, 1, Math.min(MAX_PUSHED, config.dVocab));
  const tokens = tokensOf(options.tokens ?? [...new Set(promptOf(cache))].slice(0, MOST_TOKENS), run);
  const { meanRow } = await finalNorm(model);
  const n = tokens.length;

  return withScratch(model, 'head circuits', async (ops) => {
    const ids = uploadIds(ops, tokens, 'tokens');
    const { q, key, write } = paths(run, ops, layer, head, ids, input);
    const folded = centring(ops, config.dModel, params.lnFinal.w)(write, 'through the final gain'); // [n, d_model]
    const [scores, outputs, means] = await ops.read([
      ops.linearT(q, key, 'QK'),
      ops.linearT(folded, ops.embed(params.W_U, ids, 'W_U rows'), 'OV'),
      ops.dotGroups(folded, uploadVector(ops, meanRow, 'mean row of W_U'), 1),
    ]);
    const mean = (source: number) => means[source] as number;
    const pushed = await mostPushed(run, ops, folded, k);
    const square = (axes: readonly string[], data: Float32Array) => labelled(axes, [n, n], data);
    return {
      layer,
      head,
      tokens: tokens.map((id) => ({ id, piece: piece(id) })),
      ov: square(
        ['source', 'output'],
        outputs.map((value, i) => value - mean(Math.floor(i / n))),
      ),
      qk: square(
        ['query', 'key'],
        scores.map((score) => score / Math.sqrt(config.dHead)),
      ),
      pushed: pushed.map((row, source) =>
        row.map(({ id, value }): TokenPush => ({ id, piece: piece(id), value: value - mean(source) })),
      ),
      convention: { input, positions: 'left out', finalScale: 'none', centerUnembed: true },
    };
  });
}

/** Second − first; both must be of one head and the same tokens. */
export function headCircuitsBetween(first: HeadCircuitsArm, second: HeadCircuitsArm): HeadCircuitsBetween {
  return { ov: difference(first.ov, second.ov), qk: difference(first.qk, second.qk) };
}

/** Queries and keys [n, d_head], and what the head writes when it attends to one token alone [n, d_model]. */
function paths({ model }: ArmRun, ops: Ops, layer: number, head: number, ids: Tensor, input: HeadInput) {
  const { dModel, dHead, norm } = model.config;
  const { ln1, W_QKV, b_QKV, W_O } = must(model.params.blocks[layer], `no block ${layer}`);
  const embeddings = ops.embed(model.params.W_E, ids, 'W_E rows');
  const x =
    input === 'norm'
      ? ops.norm(embeddings, ln1, norm, 'ln1').normalized
      : centring(ops, dModel, ln1.w)(embeddings, 'ln1, gain only');
  const bias = input === 'norm' ? b_QKV : null;
  const third = (i: number) =>
    ops.linear(x, W_QKV, bias, [i * dModel + head * dHead, dHead], ['q', 'k', 'v'][i]);
  const ownRows = Array.from({ length: dHead }, (_, i) => head * dHead + i);
  const write = ops.linear(third(2), ops.embed(W_O, uploadIds(ops, ownRows, 'rows of W_O')), null);
  return { q: third(0), key: third(1), write };
}

/** Per row of directions [n, d_model] the k tokens of the vocabulary with the largest dot products. */
async function mostPushed(
  { model }: ArmRun,
  ops: Ops,
  directions: Tensor,
  k: number,
): Promise<{ id: number; value: number }[][]> {
  const { W_U } = model.params;
  const { dVocab } = model.config;
  const rows = Array.from({ length: directions.shape[0] as number }, (_, row) => row);
  const names = indexTable(ops, dVocab);
  const [values, ids] = await readInBlocks(ops, rows, 4 * dVocab, (some) => {
    const own = ops.embed(directions, uploadIds(ops, some, 'sources'));
    const top = ops.topK(ops.linearT(own, W_U, 'OV over the vocabulary'), k);
    return [top.values, ops.embed(names, top.ids)];
  });
  return rows.map((row) =>
    Array.from({ length: k }, (_, i) => ({
      id: ids?.[row * k + i] as number,
      value: values?.[row * k + i] as number,
    })),
  );
}

function tokensOf(tokens: readonly number[], { model }: ArmRun): readonly number[] {
  if (tokens.length > 0 && tokens.length <= MOST_TOKENS) return checkIds('among', tokens, model.config);
  throw new InputError(
    `head-circuits was given ${tokens.length} tokens. Name from 1 to ${MOST_TOKENS}: each pair of them is one cell.`,
    { tokens: tokens.length },
  );
}
