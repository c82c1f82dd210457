/** For tests: patching maps the long way, by whole forward passes one by one with every activation made by an op of its own. */

import { must } from '../base/assert.ts';
import { blockHook } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { PatchQuestion } from './activationPatching.ts';
import { patchSite } from './activationPatchingSites.ts';
import { uploadIds, withScratch } from './scratch.ts';

/** Sees every activation a patch can replace, by its hook, and says what goes on in its place. */
type See = (ops: Ops, hook: string, x: Tensor) => Promise<Tensor>;

/** Mean logit of the target − mean logit of the contrast at the last position. */
async function wholeRun(
  {
    model,
    tokens,
    target,
    contrast,
  }: { model: Model; tokens: readonly number[] } & Pick<PatchQuestion, 'target' | 'contrast'>,
  see: See,
): Promise<number> {
  return withScratch(model, 'whole run', async (ops) => {
    const { params, config } = model;
    const normed = (x: Tensor, norm: typeof params.lnFinal) => ops.norm(x, norm, config.norm).normalized;
    const ids = ops.upload(
      { dtype: 'u32', shape: [1, tokens.length], data: Uint32Array.from(tokens) },
      'ids',
    );
    let resid = ops.embedTokens(params.W_E, params.W_pos, ids);
    for (const [layer, block] of params.blocks.entries()) {
      const seen = (hook: Parameters<typeof blockHook>[1], x: Tensor) => see(ops, blockHook(layer, hook), x);
      resid = await seen('hook_resid_pre', resid);
      const thirds = ops.qkv(normed(resid, block.ln1), block.W_QKV, block.b_QKV);
      const q = await seen('attn.hook_q', thirds.q);
      const k = await seen('attn.hook_k', thirds.k);
      const v = await seen('attn.hook_v', thirds.v);
      const scores = ops.attentionScores(q, k, config.nHeads);
      const pattern = await seen('attn.hook_pattern', ops.softmax(scores));
      const z = await seen('attn.hook_z', ops.mix(pattern, v));
      const attnOut = await seen('hook_attn_out', ops.linear(z, block.W_O, block.b_O));
      const residMid = await seen('hook_resid_mid', ops.add(resid, attnOut));
      const pre = await seen('mlp.hook_pre', ops.linear(normed(residMid, block.ln2), block.W_in, block.b_in));
      const post = await seen('mlp.hook_post', ops.gelu(pre));
      const mlpOut = await seen('hook_mlp_out', ops.linear(post, block.W_out, block.b_out));
      resid = await seen('hook_resid_post', ops.add(residMid, mlpOut));
    }
    const last = ops.embed(normed(resid, params.lnFinal), uploadIds(ops, [tokens.length - 1]));
    const [logits] = await ops.read([ops.linearT(last, params.W_U)]);
    const mean = (of: readonly number[]) =>
      of.reduce((sum, id) => sum + (logits[id] as number), 0) / Math.max(1, of.length);
    return mean(target) - mean(contrast);
  });
}

/** An entry of a layer's values: the part of the hook's activation that is replaced, as a test of its indices. */
interface Cell {
  readonly index: number;
  replaces(row: number, column: number, head: number): boolean;
}

function cellsOf(
  { config: { nHeads } }: Model,
  { granularity, neurons }: PatchQuestion,
  row: number,
  pos: number,
): Cell[] {
  const positions = Array.from({ length: pos }, (_, p) => p);
  const heads = Array.from({ length: nHeads }, (_, h) => h);
  switch (granularity) {
    case 'position':
      return positions.map((p) => ({ index: p, replaces: (at) => at === p }));
    case 'head':
      return heads.map((h) => ({ index: h, replaces: (_, __, head) => head === h }));
    case 'head-position':
      return heads.flatMap((h) =>
        positions.map((p) => ({
          index: h * pos + p,
          replaces: (at: number, _: number, head: number) => at === p && head === h,
        })),
      );
    case 'neuron-topk':
      return must(neurons?.[row], 'neurons').map((n, index) => ({
        index,
        replaces: (_, column) => column === n,
      }));
  }
}

/** Every `every`-th entry of the map, by its index in the map's data. */
export async function patchedOneByOne(
  model: Model,
  clean: readonly number[],
  corrupted: readonly number[],
  question: PatchQuestion,
  every = 1,
): Promise<Map<number, number>> {
  const { nHeads, dHead } = model.config;
  const [own, other] = question.direction === 'denoising' ? [corrupted, clean] : [clean, corrupted];
  const pos = own.length;
  const { hook } = patchSite(question.site, question.granularity);
  const read = new Map<string, Float32Array>();
  await wholeRun({ ...question, model, tokens: other }, async (ops, name, x) => {
    if (name.endsWith(hook)) read.set(name, (await ops.read([x]))[0]);
    return x;
  });
  const unpatched = await wholeRun({ ...question, model, tokens: own }, async (_, __, x) => x);
  const found = new Map<number, number>();
  for (const [row, layer] of question.layers.entries()) {
    const cells = cellsOf(model, question, row, pos);
    for (const { index, replaces } of cells) {
      const place = row * cells.length + index;
      if (place % every !== 0) continue;
      const patched = await wholeRun({ ...question, model, tokens: own }, async (ops, name, x) => {
        if (name !== blockHook(layer, hook)) return x;
        const [data] = await ops.read([x]);
        const from = must(read.get(name), name);
        const width = x.shape.at(-1) as number;
        const replaced = data.map((value, i) => {
          const [at, column] = [Math.floor(i / width) % pos, i % width];
          const head =
            x.shape.length === 4 ? Math.floor(i / width / pos) % nHeads : Math.floor(column / dHead);
          return replaces(at, column, head) ? (from[i] as number) : value;
        });
        return ops.upload({ dtype: 'f32', shape: x.shape, data: replaced }, name);
      });
      found.set(place, patched - unpatched);
    }
  }
  return found;
}
