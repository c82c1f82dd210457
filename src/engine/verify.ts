/** Runs the same tokens on every engine there is and compares every hook in the order of the forward pass: which engine is wrong, and where. */

import { compareHook, VERIFY_TOLERANCE } from '../analysis/compareHooks.ts';
import { must } from '../base/assert.ts';
import { UnsupportedError } from '../base/errors.ts';
import { size } from '../base/shapes.ts';
import { allHooks, type HookInfo } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { floats } from '../tensor/cpuTensor.ts';
import { type DeviceParams, flattenParams, type ModelConfig, paramShapes } from '../tensor/params.ts';
import { fingerprint } from '../weights/fingerprint.ts';
import type { CallOptions, EngineId, VerifiedEngine, VerifyArm, VerifyReport, VerifyRow } from './api.ts';
import { type Arm, type Pair, unloadArm } from './arms.ts';
import type { Engines } from './engines.ts';
import { loadParameters } from './loading.ts';
import { LoadMeter } from './loadMeter.ts';
import type { Residence } from './residence.ts';

/** What only the place where the service runs knows. */
export type Surroundings = Pick<
  VerifyReport['environment'],
  'normless' | 'userAgent' | 'crossOriginIsolated'
>;

interface Question {
  pair: Pair;
  arms: readonly Arm[];
  tokens: readonly number[];
}

interface Means {
  engines: Engines;
  residence: Residence;
  surroundings: Surroundings;
}

export interface Verified {
  /** The one that the others are measured against. */
  engine: EngineId;
  arms: Record<string, VerifyArm>;
  report: VerifyReport;
}

/** Activations of one engine at once: a long prompt is compared some hooks at a time, each time run anew. */
const GROUP_BYTES = 256 * 2 ** 20;
/** What heads write one by one is left out where it is larger than this, as nobody keeps it then. */
const RESULT_BYTES = 16 * 2 ** 20;
/** Multiply-adds that the plain CPU twin is asked for: about ten seconds of it. */
const CPU_WORK = 4e9;

const ENGINES: readonly EngineId[] = ['wgsl', 'ort'];

/**
 * Within a job. What is brought to an engine only for this is freed again, except the demo.
 * @throws UnsupportedError where there are no two engines to compare.
 */
export async function verify(question: Question, means: Means, options: CallOptions): Promise<Verified> {
  const { pair, arms, tokens } = question;
  const { engines, residence, surroundings } = means;
  const { usable, leftOut } = await openAll(means);
  const config = must(arms[0]?.config, 'nothing to verify');
  const work = multiplyAdds(config, tokens.length);
  const compared: VerifiedEngine[] = [...usable];
  if (work <= CPU_WORK) compared.push('cpu');
  else
    leftOut.push(
      `cpu: the plain twin is for small models; this would take it ${work.toExponential(0)} multiply-adds.`,
    );
  if (compared.length < 2) throw nothingToCompare(leftOut);

  const rows: VerifyRow[] = [];
  const results: Record<string, VerifyArm> = {};
  const steps = new Steps(arms, tokens.length, options);
  for (const each of arms) {
    const brought = usable.filter((engine) => !each.loaded?.on.has(engine));
    try {
      const models = new Map<VerifiedEngine, Model>();
      for (const engine of usable) models.set(engine, await modelOn(engine, pair, each, residence, options));
      const host = await hostParams(pair, each, models, options);
      if (compared.includes('cpu'))
        models.set('cpu', new OpsModel(createCpuBackend(), must(each.config, 'no configuration'), host));
      const own = await compareArm(each.id, models, tokens, steps);
      rows.push(...own);
      results[each.id] = {
        divergence: own.find(({ ok }) => !ok) ?? null,
        worst: own.reduce((a, b) => (b.relative > a.relative ? b : a)),
        dtype: must(each.loaded, `${each.id} is not loaded`).dtype,
        weights: await fingerprint(named(host)),
        source: each.source.label,
      };
    } finally {
      if (!each.source.onDemand) for (const engine of brought) unloadArm(each, engine);
    }
  }
  return {
    engine: must(usable[0], 'no engine'),
    arms: results,
    report: {
      hooks: rows,
      firstDivergence: firstOf(rows, config, tokens.length),
      tolerance: VERIFY_TOLERANCE,
      engines: compared.map((engine) => ({ engine, device: deviceOf(engine, engines) })),
      leftOut,
      environment: { ...surroundings, adapter: engines.adapter, date: new Date().toISOString() },
    },
  };
}

/** Opens both engines; one that cannot run is left out with its reason. */
async function openAll({ residence }: Means): Promise<{ usable: EngineId[]; leftOut: string[] }> {
  const usable: EngineId[] = [];
  const leftOut: string[] = [];
  for (const engine of ENGINES) {
    try {
      await residence.thenReady(() => residence.open(engine));
      usable.push(engine);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      leftOut.push(`${engine}: ${error.message}`);
    }
  }
  return { usable, leftOut };
}

function nothingToCompare(leftOut: readonly string[]): UnsupportedError {
  return new UnsupportedError(
    `There are no two engines to compare here. ${leftOut.join(' ')} Verify the demo models, or use a browser with WebGPU.`,
    { leftOut },
  );
}

async function modelOn(
  engine: EngineId,
  pair: Pair,
  arm: Arm,
  residence: Residence,
  options: CallOptions,
): Promise<Model> {
  await residence.bringTo(pair, [arm], engine, { signal: options.signal });
  await residence.makeResident(pair, arm, engine, { signal: options.signal });
  return must(arm.loaded?.on.get(engine), `${arm.id} is not on ${engine}`).model;
}

/** The parameters as plain arrays: ONNX Runtime's own where it runs, else read once more. */
async function hostParams(
  pair: Pair,
  arm: Arm,
  models: ReadonlyMap<VerifiedEngine, Model>,
  { signal }: CallOptions,
): Promise<DeviceParams> {
  const ort = models.get('ort');
  if (ort) return ort.params;
  const { dtype } = must(arm.loaded, `${arm.id} is not loaded`);
  const backend = createCpuBackend();
  return (await loadParameters(pair, arm, { backend, dtype, meter: new LoadMeter(), signal })).params;
}

/** Compares one arm's hooks between every two of the models, hook by hook. */
export async function compareArm(
  arm: string,
  models: ReadonlyMap<VerifiedEngine, Model>,
  tokens: readonly number[],
  steps: Pick<Steps, 'next'>,
): Promise<VerifyRow[]> {
  const engines = [...models.keys()];
  const pairs = engines.flatMap((first, i) => engines.slice(i + 1).map((second) => [first, second] as const));
  const { config } = must(models.values().next().value, 'no model');
  const rows: VerifyRow[] = [];
  for (const group of groupsOf(hooksToCompare(config, tokens.length))) {
    const names = group.map(({ name }) => name);
    const caches = new Map<VerifiedEngine, Awaited<ReturnType<Model['run']>>>();
    try {
      for (const [engine, model] of models) {
        await steps.next(`running ${arm} on ${engine}`, 0);
        caches.set(engine, await model.run([tokens], names));
      }
      for (const name of names) {
        await steps.next(`comparing ${name} of ${arm}`, 1);
        const values = new Map<VerifiedEngine, Float32Array>();
        for (const [engine, cache] of caches) {
          const [data] = await cache.ops.read([cache.get(name)]);
          values.set(engine, data);
        }
        for (const [first, second] of pairs) {
          const [a, b] = [must(values.get(first), first), must(values.get(second), second)];
          rows.push({ arm, engines: [first, second], ...compareHook(name, a, b) });
        }
      }
    } finally {
      for (const cache of caches.values()) cache.dispose();
    }
  }
  return rows;
}

/** Every hook in the order of the forward pass; opt-in ones where they are small. */
function hooksToCompare(config: ModelConfig, pos: number): HookInfo[] {
  return allHooks(config, pos).filter(({ optIn, shape }) => !optIn || 4 * size(shape) <= RESULT_BYTES);
}

function groupsOf(hooks: readonly HookInfo[]): HookInfo[][] {
  const groups: HookInfo[][] = [[]];
  let bytes = 0;
  for (const hook of hooks) {
    const own = 4 * size(hook.shape);
    if (bytes + own > GROUP_BYTES && bytes > 0) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(hook);
    bytes += own;
  }
  return groups;
}

/** The earliest hook of the forward pass at which any arm has a row beyond tolerance. */
function firstOf(rows: readonly VerifyRow[], config: ModelConfig, pos: number): string | null {
  const bad = new Set(rows.filter(({ ok }) => !ok).map(({ hook }) => hook));
  return allHooks(config, pos).find(({ name }) => bad.has(name))?.name ?? null;
}

/** Of one forward pass, attention's own products left out. */
function multiplyAdds(config: ModelConfig, pos: number): number {
  const { dVocab, dModel } = config;
  const matrices = [...paramShapes(config)].filter(([name, shape]) => shape.length > 1 && !/^W_/.test(name));
  return pos * (matrices.reduce((sum, [, shape]) => sum + size(shape), 0) + dVocab * dModel);
}

function deviceOf(engine: VerifiedEngine, engines: Engines): string {
  if (engine === 'cpu') return 'the plain CPU twin of the kernels, f64 sums';
  return must(engines.opened(engine), `${engine} is not open`).description;
}

function* named(params: DeviceParams): Generator<readonly [string, readonly number[], Float32Array]> {
  for (const [name, tensor] of flattenParams(params)) yield [name, tensor.shape, floats(tensor)];
}

/** Counts hooks for `onProgress`, and stops where the person did. */
class Steps {
  #done = 0;
  readonly #total: number;

  constructor(
    arms: readonly Arm[],
    pos: number,
    private readonly options: CallOptions,
  ) {
    this.#total = arms.reduce(
      (sum, { config }) => sum + (config ? hooksToCompare(config, pos).length : 0),
      0,
    );
  }

  async next(phase: string, count: number): Promise<void> {
    // Lets a cancel in: comparing large hooks holds the thread.
    await new Promise((resolve) => setTimeout(resolve));
    this.options.signal?.throwIfAborted();
    this.#done += count;
    this.options.onProgress?.({ done: this.#done, total: this.#total, unit: 'steps', phase });
  }
}
