/** Verify reports as a sound and as a faulty machine give them, made up: for the panel's example and for tests. */

import type { AnalysisResult, VerifiedEngine, VerifyArm, VerifyRow } from '../engine/api.ts';

type Report = AnalysisResult<'verify'>;

const ARMS = ['original', 'vanilla', 'lnfree'];
const LAYERS = 6;
const TOLERANCE = 1e-4;
const BLOCK =
  'hook_resid_pre ln1.hook_scale ln1.hook_normalized attn.hook_q attn.hook_k attn.hook_v attn.hook_attn_scores attn.hook_pattern attn.hook_z attn.hook_result hook_attn_out hook_resid_mid ln2.hook_scale ln2.hook_normalized mlp.hook_pre mlp.hook_post hook_mlp_out hook_resid_post'.split(
    ' ',
  );

const HOOKS = [
  'hook_embed',
  'hook_pos_embed',
  ...Array.from({ length: LAYERS }, (_, l) => BLOCK.map((hook) => `blocks.${l}.${hook}`)).flat(),
  'ln_final.hook_scale',
  'ln_final.hook_normalized',
  'logits',
];

const DEVICES: Record<VerifiedEngine, string> = {
  wgsl: 'a graphics card',
  ort: 'onnxruntime-web 1.30.0, 1 thread',
  cpu: 'the plain CPU twin of the kernels, f64 sums',
};

/** A fault from one hook on: that engine, in every arm, is `relative` off there and in all that follows. */
interface Fault {
  engine: VerifiedEngine;
  hook: string;
  relative: number;
}

/** Rounding that grows slowly along the forward pass; the same at every call. */
function rounding(arm: number, pair: number, hook: number): number {
  if (hook < 2) return 0; // looked up, not computed
  const wobble = Math.abs(Math.sin(12.9898 * (hook + 1) + 78.233 * (3 * arm + pair)));
  return 10 ** (-7.3 + (1.2 * hook) / HOOKS.length + wobble);
}

/** The demo's report on these engines. */
export function exampleReport(
  engines: readonly VerifiedEngine[] = ['wgsl', 'ort', 'cpu'],
  fault?: Fault,
): Report {
  const pairs = engines.flatMap((first, i) => engines.slice(i + 1).map((second) => [first, second] as const));
  const from = fault ? HOOKS.indexOf(fault.hook) : HOOKS.length;
  const row = (arm: number, pair: number, hook: number): VerifyRow => {
    const [first, second] = pairs[pair] as readonly [VerifiedEngine, VerifiedEngine];
    const spoilt = hook >= from && (first === fault?.engine || second === fault?.engine);
    const relative = rounding(arm, pair, hook) + (spoilt ? (fault?.relative ?? 0) : 0);
    return {
      arm: ARMS[arm] as string,
      engines: [first, second],
      hook: HOOKS[hook] as string,
      count: 2560,
      maxAbs: relative * 1.5,
      meanAbs: relative / 8,
      rms: 0.8,
      relative,
      nonFinite: 0,
      ok: relative <= TOLERANCE,
    };
  };
  const byArm = ARMS.map((_, arm) =>
    HOOKS.flatMap((_h, hook) => pairs.map((_p, pair) => row(arm, pair, hook))),
  );
  const arms = Object.fromEntries(
    ARMS.map((arm, i): [string, VerifyArm] => {
      const rows = byArm[i] as VerifyRow[];
      return [
        arm,
        {
          divergence: rows.find(({ ok }) => !ok) ?? null,
          worst: rows.reduce((a, b) => (b.relative > a.relative ? b : a)),
          dtype: 'f32',
          weights: String(i).repeat(64),
          source: 'embedded in the page',
        },
      ];
    }),
  );
  return {
    analysis: 'verify',
    pair: 'demo',
    tokens: [8191, 7454, 2402],
    pieces: ['<|endoftext|>', 'Once', ' upon'],
    engine: engines[0] === 'ort' ? 'ort' : 'wgsl',
    arms,
    hooks: byArm.flat(),
    firstDivergence: fault?.hook ?? null,
    tolerance: TOLERANCE,
    engines: engines.map((engine) => ({ engine, device: DEVICES[engine] })),
    leftOut: engines.includes('wgsl')
      ? []
      : ['wgsl: This browser has no WebGPU. Use a current Chrome, Edge, Safari or Firefox.'],
    environment: {
      normless: '0.0.0',
      userAgent: 'a browser',
      adapter: null,
      crossOriginIsolated: false,
      date: '2026-01-02T03:04:05.678Z',
    },
  };
}
