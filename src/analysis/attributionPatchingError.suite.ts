/** How far attribution patching is off behind the last block of a model with LayerNorm: known in closed form. */

import { blockHook } from '../model/hooks.ts';
import { logitDifference } from '../model/metric.ts';
import type { Model } from '../model/model.ts';
import { centred, dot } from './vectors.ts';

export const CLEAN = [28, 3, 14, 1, 5, 9, 2];
export const CORRUPTED = [28, 3, 11, 1, 7, 9, 2];
export const [TARGET, CONTRAST] = [[3, 8], [5]];
export const LAST = CLEAN.length - 1;
export const METRIC = logitDifference(LAST, TARGET, CONTRAST);
export const PAIR = { patched: CORRUPTED, source: CLEAN };
/** Two that end in different tokens, so that the last position of every site differs much. */
export const ENDING = { patched: [28, 3, 11, 1, 7, 9, 2], source: [28, 3, 14, 1, 5, 9, 12] };

/** What one prompt has at some hooks. */
export async function activations(model: Model, tokens: readonly number[], hooks: readonly string[]) {
  const cache = await model.run([tokens], hooks);
  const values = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
  cache.dispose();
  return values;
}

/**
 * What the estimate leaves out behind the last block, with LayerNorm: with x the centred residual stream, Δ its change,
 * L′ the metric after the patch less the bias's part and L before it, L′·(1 − σ′/σ) + L·x·Δ/(d·σ²), and
 * σ′² = σ² + |Δ|²/d + 2·x·Δ/d (SCIENCE §5). In f64. `sigmas`: σ′ by that, and as it is.
 */
export async function closedForm(model: Model, site: 'resid_post' | 'mlp_out') {
  const { config, params } = model;
  const d = config.dModel;
  const last = config.nLayers - 1;
  const hooks = [blockHook(last, 'hook_resid_post'), blockHook(last, `hook_${site}`)];
  const row = (values: Float32Array | undefined) => Array.from(values ?? []).slice(LAST * d, (LAST + 1) * d);
  const [own, other] = [
    await activations(model, ENDING.patched, hooks),
    await activations(model, ENDING.source, hooks),
  ];
  const before = row(own[0]);
  const change = row(other[1]).map((value, i) => value - (row(own[1])[i] as number));
  const after = before.map((value, i) => value + (change[i] as number));
  const ops = model.backend.arena('the final norm and W_U');
  const ids = ops.upload(
    { dtype: 'u32', shape: [3], data: Uint32Array.from([...TARGET, ...CONTRAST]) },
    'ids',
  );
  const [gain, rows] = await ops.read([params.lnFinal.w, ops.embed(params.W_U, ids)]);
  ops.dispose();
  const direction = gain.map(
    (w, i) => w * (0.5 * (rows[i] as number) + 0.5 * (rows[d + i] as number) - (rows[2 * d + i] as number)),
  );
  const [x, delta] = [centred(before), centred(change)];
  const eps = config.norm.kind === 'layer' ? config.norm.eps : 0;
  const sigmaOf = (stream: number[]) => Math.sqrt(dot(centred(stream), centred(stream)) / d + eps);
  const [sigma, sigmaAfter] = [sigmaOf(before), sigmaOf(after)];
  const metricOf = (stream: number[], s: number) => dot(direction, centred(stream)) / s;
  const error =
    metricOf(after, sigmaAfter) * (1 - sigmaAfter / sigma) +
    (metricOf(before, sigma) * dot(x, delta)) / (d * sigma ** 2);
  const byIdentity = Math.sqrt(sigma ** 2 + dot(delta, delta) / d + (2 * dot(x, delta)) / d);
  return { error, sigmas: [byIdentity, sigmaAfter] as const };
}
