/** LayerNorm taken out by hand: fixed scales in place of σ, site by site, and what becomes of the predictions. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { ActivationCache } from '../model/cache.ts';
import { normName } from '../model/editPlan.ts';
import type { FreezeNorm } from '../model/edits.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ArmRun, promptOf } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { FrozenSite, NormSite, NormSiteKind, NormSurgeryArm, NormSurgeryStep } from './types/index.ts';
import { logitsRows, logitsSource, readInBlocks } from './unembed.ts';

export interface NormSurgeryOptions {
  sites: 'paper' | readonly NormSite[];
  by: NormSurgeryArm['by'];
  value: 'prompt' | number | Readonly<Record<string, number>>;
  piece: (id: number) => string;
  /** Called before every step with how many are done, of how many. May reject, which ends the surgery. */
  onStep: (done: number, total: number) => Promise<void>;
}

export const normSurgeryHooks = (source: ReturnType<typeof logitsSource>) => [source];

type Site = NormSite & { kind: NormSiteKind };

const KINDS: readonly NormSiteKind[] = ['mlp', 'qk', 'v', 'final'];

const ALL: Readonly<Record<NormSiteKind, string>> = {
  mlp: 'all MLPs',
  qk: 'all query/key',
  v: 'all values',
  final: 'final',
};

/**
 * Runs the model once for every step, its norms frozen as `by` says, and once as it is (the run given). Means over the
 * prompt of loss, entropy and KL from the untouched run, in nats. An LN-free model has only the untouched step.
 * @throws InputError on an unknown site, a path that it lacks, a value that is no scale, or 'prompt' with one token;
 * UnsupportedError where the model's engine cannot edit.
 */
export async function normSurgery(run: ArmRun, options: NormSurgeryOptions): Promise<NormSurgeryArm> {
  const { model, cache } = run;
  const { config } = model;
  const { by, onStep } = options;
  const sites = sitesOf(config, options.sites);
  const values = valuesOf(config, sites, options.value);
  const steps: readonly (readonly Site[])[] = config.norm.kind === 'linear' ? [] : stepsOf(sites, by);
  const tokens = promptOf(cache);
  const untouched = await measure(model, cache, cache, options.piece);
  const done: NormSurgeryStep[] = [{ label: 'untouched', frozen: [], ...untouched }];
  for (const [i, own] of steps.entries()) {
    await onStep(i, steps.length);
    const frozen = by === 'cumulative' ? steps.slice(0, i + 1).flat() : own;
    const edits = frozen.map((site): FreezeNorm => {
      const { kind: _, ...where } = site;
      return { kind: 'freeze-norm', ...where, value: must(values.get(site), 'a site without a value') };
    });
    const scales = own.map((site) => scaleHook(site, frozen));
    const edited = await model.run([tokens], [logitsSource(model), ...new Set(scales)], edits);
    try {
      const sigmas = await edited.ops.read(scales.map((hook) => edited.get(hook)));
      const measured = await measure(model, edited, cache, options.piece);
      const found = own.map(
        (site, j): FrozenSite => ({ ...site, sigma: must(sigmas[j], 'no scale')[0] as number }),
      );
      done.push({ label: labelOf(own, by), frozen: found, ...measured });
    } finally {
      edited.dispose();
    }
  }
  if (steps.length > 0) await onStep(steps.length, steps.length);
  return { norm: config.norm.kind, by, steps: done };
}

/** Every norm in the order in which the paper takes them out: MLPs, queries and keys, values, each layer by layer; then the last. */
export function paperOrder({ nLayers }: Pick<ModelConfig, 'nLayers'>): Site[] {
  const layers = Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}`);
  return [
    ...layers.map((block): Site => ({ site: `${block}.ln2`, kind: 'mlp' })),
    ...layers.map((block): Site => ({ site: `${block}.ln1`, path: 'qk', kind: 'qk' })),
    ...layers.map((block): Site => ({ site: `${block}.ln1`, path: 'v', kind: 'v' })),
    { site: 'ln_final', kind: 'final' },
  ];
}

/** Sites by their full names, each path of ln1 by itself and none twice. */
function sitesOf(config: ModelConfig, asked: NormSurgeryOptions['sites']): Site[] {
  const all = paperOrder(config);
  if (asked === 'paper') return all;
  if (!Array.isArray(asked) || asked.length === 0)
    throw new InputError(
      "sites must be 'paper' or a list like [{site: 'blocks.0.ln1', path: 'v'}, {site: 'ln_final'}].",
      { sites: asked },
    );
  const named = asked.flatMap((one: Partial<NormSite> | null) => {
    const name = typeof one?.site === 'string' ? normName(config, one.site) : null;
    const found = all.filter(
      ({ site, path }) => site === name && (one?.path === undefined || path === one.path),
    );
    if (found.length > 0) return found;
    throw new InputError(
      `There is no norm ${JSON.stringify(one)} in a model of ${config.nLayers} layers. There are blocks.0.ln1 (path 'qk' or 'v'), blocks.0.ln2, … and ln_final.`,
      { site: one, nLayers: config.nLayers },
    );
  });
  return [...new Set(named)];
}

/** What each site is frozen at. */
function valuesOf(
  config: ModelConfig,
  sites: readonly Site[],
  value: NormSurgeryOptions['value'],
): Map<Site, FreezeNorm['value']> {
  if (typeof value !== 'object' || value === null) return new Map(sites.map((site) => [site, value]));
  const given = new Map(Object.entries(value).map(([site, sigma]) => [normName(config, site), sigma]));
  return new Map(
    sites.map((site) => {
      const sigma = given.get(site.site);
      if (sigma !== undefined) return [site, sigma];
      throw new InputError(
        `value has no scale for ${site.site}. Give one for every site that is to be frozen.`,
        {
          site: site.site,
          value,
        },
      );
    }),
  );
}

function stepsOf(sites: readonly Site[], by: NormSurgeryArm['by']): Site[][] {
  if (by !== 'kind') return sites.map((site) => [site]);
  return KINDS.map((kind) => sites.filter((site) => site.kind === kind)).filter(({ length }) => length > 0);
}

/** Where the scale of a site is recorded: the value path of ln1 has a hook of its own unless both paths are one again. */
function scaleHook({ site, path }: Site, frozen: readonly Site[]): string {
  const other = frozen.some((one) => one.site === site && one.path !== path);
  return `${site}${path === 'v' && !other ? '_v' : ''}.hook_scale`;
}

function labelOf(sites: readonly Site[], by: NormSurgeryArm['by']): string {
  const { kind, site } = must(sites[0], 'a step without a site');
  if (by === 'kind' || kind === 'final') return ALL[kind];
  const layer = site.split('.')[1];
  return `L${layer} ${{ mlp: 'MLP', qk: 'query/key', v: 'value' }[kind]}`;
}

/** Means over the prompt of one run, against the untouched one. */
async function measure(
  model: Model,
  cache: ActivationCache,
  untouched: ActivationCache,
  piece: (id: number) => string,
): Promise<Pick<NormSurgeryStep, 'loss' | 'entropy' | 'kl' | 'top'>> {
  const tokens = promptOf(cache);
  const T = tokens.length;
  const same = cache === untouched;
  return withScratch(model, 'norm surgery', async (ops) => {
    const [lse, logit, entropy, divergences] = await readInBlocks(
      ops,
      [...tokens.keys()],
      8 * model.config.dVocab,
      (positions) => {
        // The last position has no next token; it is given a stand-in whose value is dropped below.
        const next = uploadIds(
          ops,
          positions.map((p) => tokens[p + 1] ?? 0),
          'next tokens',
        );
        const logits = logitsRows({ model, cache }, ops, positions); // [positions, d_vocab]
        const lse = ops.logSumExp(logits);
        const made: Tensor[] = [lse, ops.gather(logits, next), ops.entropy(logits, lse)];
        if (same) return made;
        const before = logitsRows({ model, cache: untouched }, ops, positions);
        return [...made, ops.divergence(before, ops.logSumExp(before), logits, lse)]; // [positions, 3]
      },
    );
    const last = logitsRows({ model, cache }, ops, [T - 1]);
    const { values, ids } = ops.topK(last, 1);
    const [[best] = []] = await ops.read([values]);
    const [id = 0] = await ops.readIds(ids);
    const losses = must(lse, 'no normaliser')
      .map((z, p) => z - (logit?.[p] as number))
      .subarray(0, T - 1);
    return {
      loss: T > 1 ? meanOf(losses) : null,
      entropy: meanOf(must(entropy, 'no entropy')),
      kl: divergences ? meanOf(divergences.filter((_, i) => i % 3 === 0)) : 0,
      top: { id, piece: piece(id), prob: Math.exp((best as number) - (lse?.[T - 1] as number)) },
    };
  });
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
