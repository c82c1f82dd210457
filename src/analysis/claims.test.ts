import { describe, expect, test } from 'vitest';
import {
  f32,
  floatsOf,
  fold,
  logitsOf,
  maxDifference,
  readHook,
  TINY_PROMPT,
  tiny,
  transpose,
  withParams,
} from '../../tools/tinyModel.ts';
import { blockHook } from '../model/hooks.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { NormKind } from '../tensor/params.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import { predictions } from './predictions.ts';
import { readout } from './readout.ts';
import { tokenStats, tokenStatsOf } from './tokenStats.ts';

/** SCIENCE §10, the claims that hold for any weights; numbered as there. The model is seeded, its LN-free form on disk as released. */

const layer = await tiny({ form: 'layer' });
const linear = await tiny({ form: 'lnfree-2025' });
const both = [
  ['with LN', layer],
  ['LN-free', linear],
] as const;
const last = TINY_PROMPT.length - 1;

describe('claim 1: the norm sites are linear without LN', () => {
  const x = [1, -2, 0.5, 3, 0, 1, 2, -1, 0.25, 4, -3, 1];
  const y = [0, 2, -1.5, 1, 5, 1, -2, 3, 0.75, -4, 1, 2];

  /** Largest |f(x+y) − f(x) − f(y) + f(0)| of one norm site. */
  async function nonlinearity(
    which: typeof layer,
    site: 'ln1' | 'ln2' | 'final',
    kind: NormKind,
  ): Promise<number> {
    const { model } = which;
    const ops = model.backend.arena('claim 1');
    const params =
      site === 'final'
        ? model.params.lnFinal
        : (model.params.blocks[1] as (typeof model.params.blocks)[1])[site];
    const inputs = [...x.map((v, i) => v + (y[i] as number)), ...x, ...y, ...x.map(() => 0)];
    const [f] = await ops.read([ops.norm(f32(ops, [1, 4, 12], inputs), params, kind).normalized]);
    const at = (row: number, i: number) => f[row * 12 + i] as number;
    return Math.max(...x.map((_, i) => Math.abs(at(0, i) - at(1, i) - at(2, i) + at(3, i))));
  }

  test.each(['ln1', 'ln2', 'final'] as const)('%s', async (site) => {
    expect(await nonlinearity(linear, site, linear.config.norm)).toBeLessThan(1e-5);
    expect(await nonlinearity(layer, site, layer.config.norm)).toBeGreaterThan(0.1);
  });
});

test('claim 2: the released eps = 1e12 form, the rescaled form and the fully folded form agree', async () => {
  const rescaled = await logitsOf(linear.model, TINY_PROMPT);

  // The file as it stands: gains × 1e6, a real LayerNorm with eps 1e12.
  const raw = withParams(linear, (name, values) =>
    /\.w$/.test(name) ? values.map((g) => g * 1e6) : undefined,
  );
  const stored = new OpsModel(
    createCpuBackend(),
    { ...linear.config, norm: { kind: 'layer', eps: 1e12 } },
    raw.model.params,
  );
  expect(maxDifference(await logitsOf(stored, TINY_PROMPT), rescaled)).toBeLessThan(1e-4);

  expect(maxDifference(await foldedLogits(linear), rescaled)).toBeLessThan(1e-4);
});

/** The forward pass with no norm in it at all: every gain, bias and centring is inside the matrices. */
async function foldedLogits({ config, host, model }: typeof linear): Promise<Float32Array> {
  const ops = model.backend.arena('folded');
  const { dModel: d, dMlp, dVocab, nHeads } = config;
  const ids = ops.upload(
    { dtype: 'u32', shape: [1, TINY_PROMPT.length], data: Uint32Array.from(TINY_PROMPT) },
    'ids',
  );
  let x = ops.add(ops.embed(model.params.W_E, ids), ops.posEmbed(model.params.W_pos, 1, TINY_PROMPT.length));
  for (const [l, block] of host.blocks.entries()) {
    const device = model.params.blocks[l] as (typeof model.params.blocks)[number];
    const qkv = fold(
      floatsOf(block.ln1.w),
      floatsOf(block.ln1.b),
      floatsOf(block.W_QKV),
      floatsOf(block.b_QKV),
    );
    const project = (third: number) =>
      ops.linear(x, f32(ops, [d, 3 * d], qkv.W), f32(ops, [3 * d], qkv.b), [third * d, d]);
    const pattern = ops.softmax(ops.attentionScores(project(0), project(1), nHeads));
    x = ops.add(x, ops.linear(ops.mix(pattern, project(2)), device.W_O, device.b_O));
    const mlp = fold(
      floatsOf(block.ln2.w),
      floatsOf(block.ln2.b),
      floatsOf(block.W_in),
      floatsOf(block.b_in),
    );
    const post = ops.gelu(ops.linear(x, f32(ops, [d, dMlp], mlp.W), f32(ops, [dMlp], mlp.b)));
    x = ops.add(x, ops.linear(post, device.W_out, device.b_out));
  }
  const W_U = transpose(floatsOf(host.W_U), dVocab, d); // [d_model, d_vocab]
  const unembed = fold(floatsOf(host.lnFinal.w), floatsOf(host.lnFinal.b), W_U, []);
  const [logits] = await ops.read([
    ops.linear(x, f32(ops, [d, dVocab], unembed.W), f32(ops, [dVocab], unembed.b)),
  ]);
  return logits;
}

describe('claims 3 and 4: terms add up to the logit, without LN always, with LN for the frozen scale only', () => {
  const dla = async (which: typeof layer, position: number, target: number) => {
    const cache = await which.model.run([TINY_PROMPT], dlaHooks(which.config, 'component'));
    return directLogitAttribution(
      { model: which.model, cache },
      {
        position,
        target: [target],
        contrast: [],
        centerUnembed: false,
        unit: 'component',
        valueBias: 'head',
      },
    );
  };

  test.each(both)('%s: at every position, for every token', async (_, which) => {
    const logits = await logitsOf(which.model, TINY_PROMPT);
    for (let position = 0; position <= last; position++) {
      for (let target = 0; target < which.config.dVocab; target++) {
        const { sum, actual } = await dla(which, position, target);
        expect(actual).toBe(logits[position * which.config.dVocab + target]);
        expect(Math.abs(sum - actual)).toBeLessThan(1e-4);
      }
    }
  });

  /** The sum when every component is divided by its own scale in place of the frozen one. */
  async function recomputedSum(which: typeof layer, target: number): Promise<number> {
    const { model, config } = which;
    const hooks = dlaHooks(config, 'component').filter((hook) => /embed|_out$/.test(hook));
    const { direction, bias } = await readout(model, [target], [], false);
    const d = config.dModel;
    let sum = bias;
    for (const hook of hooks) {
      const component = (await readHook(model, TINY_PROMPT, hook)).slice(last * d, (last + 1) * d);
      const mean = component.reduce((total, v) => total + v, 0) / d;
      const variance = component.reduce((total, v) => total + (v - mean) ** 2, 0) / d;
      const scale = config.norm.kind === 'layer' ? Math.sqrt(variance + config.norm.eps) : 1;
      sum += component.reduce((total, v, i) => total + v * (direction[i] as number), 0) / scale;
    }
    return sum;
  }

  test('with the scale recomputed per component the rule fails with LN and holds without', async () => {
    const withNorm = await dla(layer, last, 5);
    expect(Math.abs((await recomputedSum(layer, 5)) - withNorm.actual)).toBeGreaterThan(0.1);
    const without = await dla(linear, last, 5);
    expect(Math.abs((await recomputedSum(linear, 5)) - without.actual)).toBeLessThan(1e-4);
  });
});

test.each(both)(
  'claim 7 (%s): adding k·1 to a write changes no logit, because the norm centres',
  async (_, which) => {
    const before = await logitsOf(which.model, TINY_PROMPT);
    const shifted = withParams(which, (name, values) =>
      name === 'blocks.0.mlp.b_out' ? values.map((b) => b + 3) : undefined,
    );
    expect(maxDifference(await logitsOf(shifted.model, TINY_PROMPT), before)).toBeLessThan(1e-4);

    // Without the centring it would: the uncentred read-out of the same residual moves by 3·Σ gain·u.
    const { lnFinal, W_U } = which.host;
    const { dModel: d } = which.config;
    const uncentred = floatsOf(lnFinal.w).reduce(
      (sum, g, i) => sum + g * (floatsOf(W_U)[5 * d + i] as number),
      0,
    );
    expect(Math.abs(3 * uncentred)).toBeGreaterThan(0.1);
  },
);

describe('claim 8: doubling the final residual', () => {
  /** Logits − b_U at the last position and the entropy, for the final residual times alpha. */
  async function readOut(which: typeof layer, alpha: number) {
    const { model, config } = which;
    const resid = await readHook(model, TINY_PROMPT, blockHook(config.nLayers - 1, 'hook_resid_post'));
    const ops = model.backend.arena('claim 8');
    const x = f32(
      ops,
      [1, TINY_PROMPT.length, config.dModel],
      resid.map((v) => alpha * v),
    );
    const logits = ops.linearT(ops.norm(x, model.params.lnFinal, config.norm).normalized, model.params.W_U);
    const b_U = ops.linearT(model.params.lnFinal.b, model.params.W_U);
    const [all, bias, entropy] = await ops.read([logits, b_U, ops.entropy(logits, ops.logSumExp(logits))]);
    const row = all.slice(last * config.dVocab);
    return {
      logits: row,
      withoutBias: row.map((v, i) => v - (bias[i] as number)),
      entropy: entropy[last] as number,
    };
  }

  test('with LN nothing changes (but for eps)', async () => {
    const [one, two] = [await readOut(layer, 1), await readOut(layer, 2)];
    expect(maxDifference(one.logits, two.logits)).toBeLessThan(1e-4);
    expect(two.entropy).toBeCloseTo(one.entropy, 4);
  });

  test('without LN the logits double and the entropy falls', async () => {
    const [one, two] = [await readOut(linear, 1), await readOut(linear, 2)];
    expect(
      maxDifference(
        one.withoutBias.map((v) => 2 * v),
        two.withoutBias,
      ),
    ).toBeLessThan(1e-4);
    expect(two.entropy).toBeLessThan(one.entropy - 0.01);
  });
});

describe('claim 13: attention', () => {
  test.each(both)(
    '%s: rows add up to 1, nothing looks ahead, the first row sees itself',
    async (_, which) => {
      const T = TINY_PROMPT.length;
      for (const l of [0, 1]) {
        const pattern = await readHook(which.model, TINY_PROMPT, blockHook(l, 'attn.hook_pattern'));
        for (let row = 0; row < which.config.nHeads * T; row++) {
          const values = pattern.slice(row * T, (row + 1) * T);
          const query = row % T;
          expect(Math.abs(values.reduce((sum, v) => sum + v, 0) - 1)).toBeLessThan(1e-6);
          expect(values.slice(query + 1).every((v) => v === 0)).toBe(true);
          if (query === 0) expect(values[0]).toBe(1);
        }
      }
    },
  );

  /**
   * Score of head 1, layer 1, last query on key 2 as Σ over pairs of source components (embed, pos_embed, attn and
   * mlp of layer 0, and the norm's and projection's biases), each passed through the norm with the scale given.
   */
  async function splitScore(which: typeof layer, scales: 'frozen' | 'own') {
    const { model, config, host } = which;
    const { dModel: d, dHead } = config;
    const [head, query, key] = [1, last, 2];
    const block = host.blocks[1] as (typeof host.blocks)[number];
    const [gain, beta, W, b] = [block.ln1.w, block.ln1.b, block.W_QKV, block.b_QKV].map(floatsOf) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const sigma = await readHook(model, TINY_PROMPT, blockHook(1, 'ln1.hook_scale'));
    const hooks = [
      'hook_embed',
      'hook_pos_embed',
      blockHook(0, 'hook_attn_out'),
      blockHook(0, 'hook_mlp_out'),
    ];

    const project = (x: ArrayLike<number>, column: number) =>
      Array.from({ length: dHead }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < d; i++)
          sum += (x[i] as number) * (W[i * 3 * d + column + head * dHead + j] as number);
        return sum;
      });
    /** Every part of the query (column 0) or key (column d) at a position; the last part is the biases. */
    const parts = async (position: number, column: number) => {
      const vectors: number[][] = [];
      for (const hook of hooks) {
        const x = (await readHook(model, TINY_PROMPT, hook)).slice(position * d, (position + 1) * d);
        const mean = x.reduce((sum, v) => sum + v, 0) / d;
        const own = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / d);
        const scale = scales === 'frozen' ? (sigma[position] as number) : own;
        vectors.push(
          project(
            x.map((v, i) => ((v - mean) / scale) * (gain[i] as number)),
            column,
          ),
        );
      }
      const biases = project(beta, column).map((v, j) => v + (b[column + head * dHead + j] as number));
      return [...vectors, biases];
    };
    const [qs, ks] = [await parts(query, 0), await parts(key, d)];
    const sum = qs.flatMap((q) =>
      ks.map((k) => q.reduce((s, v, j) => s + v * (k[j] as number), 0) / Math.sqrt(dHead)),
    );
    const scores = await readHook(model, TINY_PROMPT, blockHook(1, 'attn.hook_attn_scores'));
    const T = TINY_PROMPT.length;
    return { pairs: sum.reduce((s, v) => s + v, 0), score: scores[(head * T + query) * T + key] as number };
  }

  test('without LN the score splits exactly over pairs of source components', async () => {
    const { pairs, score } = await splitScore(linear, 'frozen'); // whose scale is 1
    expect(Math.abs(pairs - score)).toBeLessThan(1e-4);
  });

  test('with LN it does with the frozen scale, and does not with each component’s own', async () => {
    const frozen = await splitScore(layer, 'frozen');
    expect(Math.abs(frozen.pairs - frozen.score)).toBeLessThan(1e-4);
    const own = await splitScore(layer, 'own');
    expect(Math.abs(own.pairs - own.score)).toBeGreaterThan(0.05);
  });
});

describe('claim 14: bounds and gauges', () => {
  test('entropy lies in [0, ln d_vocab], JSD in [0, ln 2], and both reach their ends', async () => {
    const runs = await Promise.all(
      both.map(async ([, which]) => ({
        model: which.model,
        cache: await which.model.run([TINY_PROMPT], ['logits']),
      })),
    );
    const { arms, between } = await tokenStatsOf(runs);
    for (const { entropy } of arms) {
      expect(Math.min(...entropy.data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...entropy.data)).toBeLessThanOrEqual(Math.log(29) + 1e-6);
    }
    const { jsd } = between[0] as (typeof between)[0];
    expect(Math.min(...jsd.data)).toBeGreaterThan(0);
    expect(Math.max(...jsd.data)).toBeLessThanOrEqual(Math.LN2);

    const ops = createCpuBackend().arena('ends');
    const flat = f32(ops, [1, 29], new Float32Array(29));
    const sure = (id: number) =>
      f32(
        ops,
        [1, 29],
        new Float32Array(29).map((_, i) => (i === id ? 500 : -500)),
      );
    const [most, least, apart] = await ops.read([
      ops.entropy(flat, ops.logSumExp(flat)),
      ops.entropy(sure(1), ops.logSumExp(sure(1))),
      ops.divergence(sure(1), ops.logSumExp(sure(1)), sure(2), ops.logSumExp(sure(2))),
    ]);
    expect(most[0]).toBeCloseTo(Math.log(29), 5);
    expect(least[0]).toBe(0);
    expect(apart[2]).toBeCloseTo(Math.LN2, 6);
  });

  const gauges: Record<string, (which: typeof layer) => typeof layer> = {
    'writing weights centred': (which) =>
      withParams(which, (name, values) =>
        /W_E|W_pos|W_O|W_out|b_O|b_out/.test(name) ? centreRows(values, which.config.dModel) : undefined,
      ),
    'unembedding centred': (which) =>
      withParams(which, (name, values) =>
        name === 'W_U' ? centreColumns(values, which.config.dModel) : undefined,
      ),
    'value biases folded': (which) => foldValueBiases(which),
  };

  test.each(
    Object.entries(gauges).flatMap(([name, change]) => both.map(([form]) => [name, form, change] as const)),
  )('%s, %s: entropy, loss and the most likely token stay', async (_, form, change) => {
    // Untied, so that the unembedding can move while the embedding stays.
    const which = await tiny({ form: form === 'LN-free' ? 'lnfree-2025' : 'layer', tied: false, seed: 3 });
    const moved = change(which);
    const results = [];
    for (const { model } of [which, moved]) {
      const run = { model, cache: await model.run([TINY_PROMPT], ['logits']) };
      const stats = await tokenStats(run);
      const { top } = await predictions(run, { position: -1, k: 1, piece: String });
      results.push({ stats, best: top[0]?.id });
    }
    const [before, after] = results as [(typeof results)[0], (typeof results)[0]];
    expect(maxDifference(before.stats.entropy.data, after.stats.entropy.data)).toBeLessThan(1e-4);
    expect(maxDifference(before.stats.loss.data, after.stats.loss.data)).toBeLessThan(1e-4);
    expect(after.best).toBe(before.best);
    expect(moved.host).not.toEqual(which.host); // the gauge did change the weights
  });
});

/** Subtracts each row's mean over its d entries. */
function centreRows(values: Float32Array, d: number): Float32Array {
  return values.map((v, i) => {
    const row = values.subarray(Math.floor(i / d) * d, (Math.floor(i / d) + 1) * d);
    return v - row.reduce((sum, x) => sum + x, 0) / d;
  });
}

/** Subtracts the mean row: centre_unembed. */
function centreColumns(values: Float32Array, d: number): Float32Array {
  const n = values.length / d;
  const mean = Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let v = 0; v < n; v++) sum += values[v * d + i] as number;
    return sum / n;
  });
  return values.map((v, i) => v - (mean[i % d] as number));
}

/** b_V → 0 and b_O + b_V·W_O: attention rows sum to 1, so each head adds its value bias whole. */
function foldValueBiases(which: typeof layer): typeof layer {
  const d = which.config.dModel;
  return withParams(which, (name, values) => {
    if (/b_QKV/.test(name)) return values.map((b, i) => (i >= 2 * d ? 0 : b));
    const match = /blocks\.(\d+)\.attn\.b_O/.exec(name);
    if (!match) return undefined;
    const block = which.host.blocks[Number(match[1])] as (typeof which.host.blocks)[number];
    const [b_QKV, W_O] = [floatsOf(block.b_QKV), floatsOf(block.W_O)];
    return values.map((b, j) => {
      let sum = b;
      for (let i = 0; i < d; i++) sum += (b_QKV[2 * d + i] as number) * (W_O[i * d + j] as number);
      return sum;
    });
  });
}
