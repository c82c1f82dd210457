import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NormKind } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { attentionBackCases, geluBackCases, normBackCases } from './backward.suite.ts';
import { type Body, compare, f16, f32, q8, randoms, storages, u32 } from './compare.suite.ts';
import { blendCases, patternCases } from './edits.suite.ts';
import { tileFor } from './kernels/tiles.ts';
import { continuedCases, rowCases } from './rows.suite.ts';
import { createWebGpuBackend, type WebGpuBackend } from './webgpuBackend.ts';

// The oracle sums in f64 and rounds once; kernels sum in f32. A sum of n terms of size 1 is then off by about
// √n·6e-8 and at most n·6e-8, and WGSL's exp and log may be off by a few units in the last place.
const EXACT = 0; // copies, counts, one rounding
const EIGHTH = 1.2e-7; // value/127 of q8, which a device may round otherwise in the last place
const SUM = 1e-5; // sums of up to a few hundred terms of size 1
const CURVE = 1e-5; // exp and log of moderate arguments
const GELU = 1e-6; // one exponential, weighted by what it leaves of x: tight enough to tell 0.044715 from 0.0447

const SIZES = [1, 7, 65];
const STORAGES = ['f32', 'f16', 'q8'] as const;
let backend: WebGpuBackend;

beforeAll(async () => {
  backend = await createWebGpuBackend();
});
afterAll(() => backend?.destroy());

const check = (name: string, tolerance: number, body: Body) => compare(backend, name, tolerance, body);

test.each(STORAGES)('embed and posEmbed take rows of %s tables', async (storage) => {
  const r = randoms(1);
  for (const n of SIZES) {
    for (const d of SIZES) {
      const tolerance = storage === 'q8' ? EIGHTH : EXACT;
      const table = storages[storage]([n, d], r);
      const ids = u32([3, 5], () => Math.floor(((r() + 1) / 2) * n));
      await check(`embed ${n}×${d}`, tolerance, (ops, up) => [ops.embed(up(table), up(ids), 'hook_embed')]);
      for (const pos of new Set([1, n])) {
        await check(`posEmbed ${n}×${d}`, tolerance, (ops, up) => [ops.posEmbed(up(table), 3, pos)]);
      }
    }
  }
});

test('halves are read exactly, subnormal ones too', async () => {
  const table = f16(
    [4, 4],
    (i) => [2 ** -24, -(2 ** -15), 2 ** -14, 65504, -0.1, 1 / 3, -0, 1023 * 2 ** -24][i % 8] ?? 0,
  );
  await check('embed halves', EXACT, (ops, up) => [ops.embed(up(table), up(u32([4], (i) => i)))]);
});

test('8-bit values are read with the scale of their group', async () => {
  const table = q8([3, 257], (i) => (i % 255) / 127 - 1); // every value, over five groups a row
  await check('embed 8-bit values', EIGHTH, (ops, up) => [ops.embed(up(table), up(u32([3], (i) => i)))]);
});

test('embed takes rows of any tensor, over all leading axes', async () => {
  const x = f32([2, 3, 5], randoms(2));
  await check('embed rows', EXACT, (ops, up) => [ops.embed(up(x), up(u32([2], (i) => 5 - 4 * i)))]);
});

test('add', async () => {
  const r = randoms(3);
  for (const shape of [[1], [7], [65], [3, 65, 7], [4097]]) {
    const [a, b] = [f32(shape, r), f32(shape, r)];
    await check(`add ${shape}`, EXACT, (ops, up) => [ops.add(up(a), up(b))]);
  }
});

test.each([{ kind: 'layer', eps: 1e-5 }, { kind: 'linear' }] as const)('norm of kind $kind', async (kind) => {
  const r = randoms(4);
  for (const pos of SIZES) {
    for (const d of [...SIZES, 128, 1600]) {
      for (const batch of [1, 3]) {
        const [x, w, b] = [f32([batch, pos, d], r), f32([d], r), f32([d], r)];
        // A short row can have a tiny variance, which enlarges the rounding of its entries by 1/σ ≤ 316.
        await check(`norm ${batch}×${pos}×${d}`, d === 1 ? 1e-4 : 2e-5, (ops, up) => {
          const { normalized, scale } = ops.norm(up(x), { w: up(w), b: up(b) }, kind, 'ln1');
          return [normalized, scale];
        });
      }
    }
  }
});

test('freezeScale divides a gain by the mean of all scales but the first', async () => {
  const r = randoms(4);
  for (const pos of [2, 7, 65, 200]) {
    for (const d of SIZES) {
      const [w, scale] = [f32([d], r), f32([1, pos, 1], (i) => (i === 0 ? 1e3 : 2 + r()))];
      await check(`freezeScale ${pos}×${d}`, SUM, (ops, up) => {
        const frozen = ops.freezeScale(up(w), up(scale), 'ln1');
        return [frozen.gain, frozen.scale];
      });
    }
  }
});

test('norm of constant, huge and shifted rows', async () => {
  const r = randoms(5);
  const layer = { kind: 'layer', eps: 1e-5 } as const;
  const [w, b] = [f32([130], () => 1), f32([130], () => 0)];
  const rows: Record<string, (i: number) => number> = {
    constant: () => 3.3, // deviates by exactly 0, although 130·3.3/130 is not 3.3 in f32
    huge: () => 1e4 * r(),
    shifted: () => 1000 + r(), // the mean is far larger than the deviation
  };
  for (const [name, next] of Object.entries(rows)) {
    const x = f32([1, 3, 130], next);
    // shifted: entries near 1000 are 6e-5 apart, and σ is 0.6
    await check(`norm of ${name} rows`, name === 'shifted' ? 2e-4 : 2e-5, (ops, up) => {
      const { normalized, scale } = ops.norm(up(x), { w: up(w), b: up(b) }, layer);
      return [normalized, scale];
    });
  }
});

test.each(STORAGES)('linear with %s weights, with and without bias', async (storage) => {
  const r = randoms(6);
  for (const rows of SIZES) {
    for (const n of SIZES) {
      for (const m of [...SIZES, 130]) {
        const [x, W, b] = [f32([rows, n], r), storages[storage]([n, m], r), f32([m], r)];
        await check(`linear ${rows}×${n}×${m}`, SUM, (ops, up) => {
          const [X, w] = [up(x), up(W)];
          return [ops.linear(X, w, up(b), undefined, 'hook_pre'), ops.linear(X, w, null)];
        });
      }
    }
  }
});

test.each(STORAGES)('linear on a window of columns of %s weights', async (storage) => {
  const r = randoms(7);
  const [x, W, b] = [f32([3, 7, 65], r), storages[storage]([65, 195], r), f32([195], r)];
  const windows = [
    [0, 1],
    [0, 195],
    [1, 7],
    [65, 65],
    [130, 65],
    [194, 1],
    [3, 129],
  ] as const;
  for (const columns of windows) {
    await check(`linear window ${columns}`, SUM, (ops, up) => [ops.linear(up(x), up(W), up(b), columns)]);
  }
});

test.each(STORAGES)('linearT with %s weights, d a multiple of 4 or not', async (storage) => {
  const r = randoms(8);
  for (const rows of SIZES) {
    for (const d of [...SIZES, 4, 64, 100]) {
      for (const n of [...SIZES, 257]) {
        const [x, W] = [f32([rows, d], r), storages[storage]([n, d], r)];
        await check(`linearT ${rows}×${d}×${n}`, SUM, (ops, up) => [ops.linearT(up(x), up(W), 'logits')]);
      }
    }
  }
});

test('linearT of a direction', async () => {
  const r = randoms(9);
  const [u, W] = [f32([64], r), f32([65, 64], r)];
  await check('linearT direction', SUM, (ops, up) => [ops.linearT(up(u), up(W))]);
});

test('attention: scores, pattern, mixed values, what heads write', async () => {
  const r = randoms(10);
  for (const batch of [1, 3]) {
    for (const pos of SIZES) {
      for (const [heads, dHead] of [
        [1, 7],
        [7, 1],
        [3, 13],
      ] as const) {
        const d = heads * dHead;
        const [q, k, v] = [f32([batch, pos, d], r), f32([batch, pos, d], r), f32([batch, pos, d], r)];
        for (const W_O of [f32([d, 7], r), f16([d, 7], r), q8([d, 7], r)]) {
          await check(`attention ${batch}×${pos}×${heads}×${dHead}`, SUM, (ops, up) => {
            const scores = ops.attentionScores(up(q), up(k), heads);
            const pattern = ops.softmax(scores);
            const z = ops.mix(pattern, up(v));
            return [scores, pattern, z, ops.headResults(z, up(W_O), heads)];
          });
        }
      }
    }
  }
});

test('attention without a stored pattern, of a whole prompt and of its next positions', async () => {
  const r = randoms(11);
  for (const [heads, dHead] of [
    [1, 1],
    [2, 7],
    [3, 8],
  ] as const) {
    const d = heads * dHead;
    for (const batch of [1, 3]) {
      for (const pos of [1, 2, 7, 65]) {
        const [q, k, v] = [f32([batch, pos, d], r), f32([batch, pos, d], r), f32([batch, pos, d], r)];
        await check(`attention ${batch}×${pos}×${heads}×${dHead}`, SUM, (ops, up) => [
          ops.attention(up(q), up(k), up(v), heads),
        ]);
      }
    }
    for (const [past, pos, room] of [
      [1, 1, 2],
      [6, 3, 64],
      [63, 1, 64],
    ] as const) {
      const [q, k, v] = [f32([1, pos, d], r), f32([1, room, d], r), f32([1, room, d], r)];
      await check(`attention after ${past}: ${pos}×${heads}×${dHead}`, SUM, (ops, up) => [
        ops.attention(up(q), up(k), up(v), heads, past),
      ]);
    }
  }
});

test('attention does not let later keys leak in, however large, not even as NaN', async () => {
  for (const last of [Number.NaN, 1e4]) {
    const x = f32([1, 2, 4], (i) => (i >= 4 ? last : 1));
    await check(`attention before ${last}`, SUM, (ops, up) => [
      ops.embed(ops.attention(up(x), up(x), up(x), 1), up(u32([1], () => 0))),
    ]);
  }
});

test.each(STORAGES)('products with what follows from them, %s weights', async (storage) => {
  const r = randoms(12);
  const kind: NormKind = { kind: 'layer', eps: 1e-5 };
  for (const pos of [1, 7, 17, 33]) {
    for (const d of [4, 23]) {
      const [x, onto] = [f32([1, pos, d], r), f32([1, pos, d], r)];
      const [W, b] = [storages[storage]([d, 3 * d], r), f32([3 * d], r)];
      const [square, bias] = [storages[storage]([d, d], r), f32([d], r)];
      const [gain, shift] = [f32([d], r), f32([d], r)];
      await check(`products ${pos}×${d}`, SUM, (ops, up) => {
        const normed = { x: up(x), params: { w: up(gain), b: up(shift) }, kind };
        const { q, k, v } = ops.qkv(up(x), up(W), up(b));
        const { pre, post } = ops.linearGelu(up(x), up(W), up(b), { pre: 'pre', post: 'post' });
        const { out, sum } = ops.linearAdd(up(onto), up(x), up(square), up(bias), { out: 'out', sum: 'sum' });
        const alone = [
          ops.linearGelu(normed, up(W), up(b)).post,
          ops.linearAdd(up(onto), up(x), up(square), up(bias)).sum,
        ];
        return [q, k, v, ops.qkv(normed, up(W), up(b)).k, pre as Tensor, post, out as Tensor, sum, ...alone];
      });
    }
  }
});

test('deep products of many rows and columns, which have a larger tile', async () => {
  const r = randoms(15);
  expect(tileFor(31, 516, 1020)).toBe(32);
  const [x, W, b, table] = [f32([1, 31, 516], r), f32([516, 1020], r), f32([1020], r), f32([1021, 516], r)];
  await check('deep', 2e-5, (ops, up) => [ops.linear(up(x), up(W), up(b)), ops.linearT(up(x), up(table))]);
});

test('keys and values of next positions are written behind those that are there, and nothing else is', async () => {
  const r = randoms(13);
  const d = 6;
  const [W, b, x] = [f32([d, 3 * d], r), f32([3 * d], r), f32([1, 2, d], r)];
  const room = f32([1, 5, d], r);
  await check('qkvInto', SUM, (ops, up) => {
    const into = { k: up(room), v: up(room) };
    const q = ops.qkvInto(into, 2, up(x), up(W), up(b));
    return [q, into.k, into.v];
  });
});

test('a run begins with tokens and positions, also further on', async () => {
  const r = randoms(14);
  const [W_E, W_pos, ids] = [f32([7, 5], r), f32([9, 5], r), u32([2, 3], (i) => (i * 5) % 7)];
  await check('embedTokens', SUM, (ops, up) => [
    ops.embedTokens(up(W_E), up(W_pos), up(ids)),
    ops.embedTokens(up(W_E), up(W_pos), up(ids), 6),
  ]);
});

test('what is masked cannot leak into z, not even as NaN', async () => {
  const v = f32([1, 3, 2], (i) => (i >= 4 ? Number.NaN : i));
  const pattern = f32([1, 1, 3, 3], (i) => [1, 0, 0, 0.5, 0.5, 0, 0, 0, 1][i] ?? 0);
  await check('mix masked', EXACT, (ops, up) => [ops.mix(up(pattern), up(v))]);
});

test('softmax of −Infinity is exactly 0, of large scores finite; NaN and empty rows stay NaN', async () => {
  const rows: ((i: number) => number)[] = [
    (i) => (i === 3 ? 2 : -Infinity),
    (i) => (i % 2 ? 80 : -80),
    (i) => (i % 2 ? 1e4 : -1e4),
    () => 5,
    (i) => (i === 4 ? Number.NaN : i),
    () => -Infinity,
  ];
  const x = f32([rows.length, 7], (i) => rows[Math.floor(i / 7)]?.(i % 7) ?? 0);
  await check('softmax extremes', CURVE, (ops, up) => [ops.softmax(up(x))]);
  const r = randoms(11);
  for (const n of [...SIZES, 1000]) {
    const scores = f32([3, n], () => 20 * r());
    await check(`softmax ${n}`, CURVE, (ops, up) => [ops.softmax(up(scores))]);
  }
});

test('gelu, far out as well', async () => {
  const r = randoms(12);
  const fixed = [0, 20, -20, 80, -80, 1e4, -1e4, 1e30, -1e30, Infinity, -5.5, 1e-20, Number.NaN];
  await check('gelu extremes', GELU, (ops, up) => [ops.gelu(up(f32([fixed.length], (i) => fixed[i] ?? 0)))]);
  for (const n of SIZES) {
    const pre = f32([3, n], () => 6 * r());
    await check(`gelu ${n}`, GELU, (ops, up) => [ops.gelu(up(pre))]);
  }
});

test('gelu loses no digits in its negative tail', async () => {
  const ops = backend.arena('tail');
  const [y] = await ops.read([
    ops.gelu(
      ops.upload(
        f32([1], () => -4),
        'x',
      ),
    ),
  ]);
  ops.dispose();
  const exact = 0.5 * -4 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (-4 + 0.044715 * (-4) ** 3)));
  expect(y?.[0]).toBeCloseTo(exact, 9); // −7e-5: an f32 tanh would leave four digits of it
});

test('reductions over the vocabulary', async () => {
  const r = randoms(13);
  for (const shape of [
    [1, 1],
    [7, 7],
    [3, 65, 65],
    [3, 1000],
    [2, 8192],
  ]) {
    const rows = shape.slice(0, -1);
    const [a, b] = [f32(shape, () => 10 * r()), f32(shape, () => 10 * r())];
    const n = shape.at(-1) ?? 1;
    const ids = u32(rows, () => Math.floor(((r() + 1) / 2) * n));
    await check(`reductions ${shape}`, CURVE, (ops, up) => {
      const [x, y] = [up(a), up(b)];
      const [zx, zy] = [ops.logSumExp(x), ops.logSumExp(y)];
      return [zx, ops.mean(x), ops.entropy(x, zx), ops.divergence(x, zx, y, zy)];
    });
    await check(`choices ${shape}`, EXACT, (ops, up) => {
      const [x, which] = [up(a), up(ids)];
      return [ops.gather(x, which), ops.rank(x, which)];
    });
  }
});

test('reductions over 50,257 entries', async () => {
  const r = randoms(14);
  const [a, b] = [f32([1, 50257], () => 8 * r()), f32([1, 50257], () => 8 * r())];
  await check('reductions 50257', CURVE, (ops, up) => {
    const [x, y] = [up(a), up(b)];
    const [zx, zy] = [ops.logSumExp(x), ops.logSumExp(y)];
    return [zx, ops.mean(x), ops.entropy(x, zx), ops.divergence(x, zx, y, zy)];
  });
  await check('topK 50257', EXACT, (ops, up) => {
    const { values, ids } = ops.topK(up(a), 64);
    return [values, ids];
  });
});

test('reductions of extremes: ±80, one certain token, −Infinity, equal logits', async () => {
  const rows: ((i: number) => number)[] = [
    (i) => (i % 2 ? 80 : -80),
    (i) => (i === 5 ? 1e4 : 0),
    (i) => (i < 40 ? -Infinity : i / 10),
    () => 3,
    (i) => -i,
  ];
  const x = f32([rows.length, 65], (i) => rows[Math.floor(i / 65)]?.(i % 65) ?? 0);
  const shifted = f32(x.shape, (i) => (x.data[i] as number) + 0.01 * Math.sin(i));
  await check('reductions extremes', CURVE, (ops, up) => {
    const [a, b] = [up(x), up(shifted)];
    const [za, zb] = [ops.logSumExp(a), ops.logSumExp(b)];
    return [za, zb, ops.entropy(a, za), ops.mean(b)];
  });
});

/** Operands of scaledLogitStats, moderate: [rows, n] of one row more, and so many directions. */
function scaledOperands(rows: number, n: number, directions: number, seed: number) {
  const r = randoms(seed);
  return {
    x: f32([rows + 1, n], () => 10 * r() - 40),
    b: f32([n], () => 2 * r()),
    m: f32([directions, n], r),
    beta: f32([rows, directions], () => 4 * r()),
    scales: f32([rows, 2 * directions], () => 1 + 0.5 * r()),
    ids: u32([rows], () => Math.floor(((r() + 1) / 2) * n)),
  };
}

const UPDATES = [
  { each: true, prefixes: false },
  { each: true, prefixes: true },
  { each: false, prefixes: false },
];

test('scaledLogitStats: directions in one block and in more, alone and summed, with and without a bias', async () => {
  for (const n of [1, 7, 65, 1001]) {
    for (const [rows, directions] of [
      [7, 3],
      [3, 13],
    ] as const) {
      const { x, b, m, beta, scales, ids } = scaledOperands(rows, n, directions, n + directions);
      await check(`scaledLogitStats ${rows}×${n}, ${directions} directions`, CURVE, (ops, up) => {
        const shared = { x: up(x), start: 1, m: up(m), beta: up(beta), ids: up(ids) };
        return UPDATES.flatMap((which) => {
          const updates = (which.each ? directions : 0) + (which.prefixes ? directions : 1);
          const alpha = up(f32([rows, updates], (i) => scales.data[i] as number));
          const own = { ...shared, ...which, alpha };
          return [own, { ...own, start: 0 }].flatMap((operands) => [
            ops.scaledLogitStats({ ...operands, b: up(b) }),
            ops.scaledLogitStats({ ...operands, b: null }),
          ]);
        });
      });
    }
  }
});

test('scaledLogitStats of extremes, and of 50,257 entries', async () => {
  const r = randoms(22);
  const rows: ((i: number) => number)[] = [
    (i) => (i % 2 ? 80 : -80),
    (i) => (i === 5 ? 1e4 : 0),
    (i) => (i === 63 ? Number.NaN : i),
    (i) => (i === 0 ? Number.NEGATIVE_INFINITY : 1),
    () => 3,
    (i) => (i % 3 ? -1e4 : 1e4),
  ];
  const x = f32([rows.length, 65], (i) => rows[Math.floor(i / 65)]?.(i % 65) ?? 0);
  const m = f32([2, 65], r);
  const which = u32([rows.length], () => 5);
  // By 300 a token that was beyond all weight becomes the likeliest, and the row is summed anew; of logits of 10,000 that
  // were moved, f32 knows halves of a thousandth.
  for (const [by, tolerance] of [
    [0, CURVE],
    [1, CURVE],
    [300, 2e-4],
    [-300, 2e-4],
  ] as const) {
    const beta = f32([rows.length, 2], (i) => (i % 2 ? 0.5 * by : by));
    const alpha = f32([rows.length, 3], (i) => [1, 0.5, -0.5][i % 3] as number);
    await check(`scaledLogitStats of extremes moved by ${by}`, tolerance, (ops, up) => [
      ops.scaledLogitStats({
        ...{ x: up(x), start: 0, b: null, m: up(m), beta: up(beta), alpha: up(alpha), ids: up(which) },
        ...{ each: true, prefixes: false },
      }),
    ]);
  }

  const { x: wide, b, m: directions, beta, scales, ids } = scaledOperands(3, 50257, 5, 23);
  const alpha = f32([3, 6], (i) => scales.data[i] as number);
  await check('scaledLogitStats 50257', CURVE, (ops, up) => [
    ops.scaledLogitStats({
      ...{
        x: up(wide),
        start: 1,
        b: up(b),
        m: up(directions),
        beta: up(beta),
        alpha: up(alpha),
        ids: up(ids),
      },
      ...{ each: true, prefixes: false },
    }),
  ]);
});

test('logSumExp of nothing but −Infinity is −Infinity, of NaN is NaN', async () => {
  const x = f32([2, 65], (i) => (i === 70 ? Number.NaN : -Infinity));
  const ops = backend.arena('edges');
  const [z] = await ops.read([ops.logSumExp(ops.upload(x, 'x'))]);
  ops.dispose();
  expect([...(z ?? [])]).toEqual([-Infinity, Number.NaN]);
});

/** KL in f64 throughout, which the oracle's f32 logSumExps do not allow. */
function exactKl(a: Float32Array, b: Float32Array): number {
  const lse = (x: Float32Array) => Math.log(x.reduce((sum, v) => sum + Math.exp(v), 0));
  const [za, zb] = [lse(a), lse(b)];
  return a.reduce((sum, v, i) => sum + Math.exp(v - za) * (v - za - ((b[i] as number) - zb)), 0);
}

test('divergence is 0 of a distribution with itself, and small ones keep their digits', async () => {
  const r = randoms(15);
  const a = f32([1, 300], () => 5 * r());
  const b = f32([1, 300], (i) => (a.data[i] as number) + 1e-3 * r());
  const ops = backend.arena('divergence');
  const [x, y] = [ops.upload(a, 'a'), ops.upload(b, 'b')];
  const [zx, zy] = [ops.logSumExp(x), ops.logSumExp(y)];
  const [same, near] = await ops.read([ops.divergence(x, zx, x, zx), ops.divergence(x, zx, y, zy)]);
  ops.dispose();
  expect([...(same ?? [])]).toEqual([0, 0, 0]);
  // About 2e-7 in truth. The logSumExps are rounded by up to 5e-7, which must not show.
  const exact = exactKl(a.data as Float32Array, b.data as Float32Array);
  expect(exact).toBeGreaterThan(1e-8);
  expect(Math.abs((near?.[0] ?? 1) - exact)).toBeLessThan(1e-3 * exact);
});

test('divergence from a distribution that lacks a token is infinite, the other way round it is not', async () => {
  const [whole, lacking] = [f32([1, 3], () => 0), f32([1, 3], (i) => (i === 0 ? -Infinity : 1))];
  await check('divergence lacking', CURVE, (ops, up) => {
    const [p, q] = [up(whole), up(lacking)];
    return [ops.divergence(p, ops.logSumExp(p), q, ops.logSumExp(q))];
  });
});

test('topK for every k, with ties by the lower id', async () => {
  const r = randoms(16);
  const distinct = f32([3, 65], r);
  const tied = f32([3, 65], () => Math.round(2 * r()));
  const equal = f32([3, 65], () => -1);
  for (const [name, x] of Object.entries({ distinct, tied, equal })) {
    for (let k = 1; k <= 65; k += name === 'tied' ? 1 : 16) {
      await check(`topK ${name} ${k}`, EXACT, (ops, up) => {
        const { values, ids } = ops.topK(up(x), k);
        const largest = ops.topK(up(x), k, 'largest', 'magnitude');
        return [values, ids, largest.values, largest.ids];
      });
    }
  }
  for (const n of [1, 7, 8192]) {
    const x = f32([25, n], () => Math.round(100 * r()));
    await check(`topK of ${n}`, EXACT, (ops, up) => {
      const { values, ids } = ops.topK(up(x), Math.min(10, n));
      return [values, ids];
    });
  }
});

test('rank counts ties by the lower id, and is the place in topK', async () => {
  const r = randoms(17);
  const x = f32([65, 65], () => Math.round(3 * r()));
  await check('rank ties', EXACT, (ops, up) => [ops.rank(up(x), up(u32([65], (i) => i)))]);
  const ops = backend.arena('rank');
  const X = ops.upload(x, 'x');
  const order = await ops.readIds(ops.topK(X, 65).ids);
  for (const place of [0, 1, 31, 64]) {
    const ids = u32([65], (row) => order[row * 65 + place] as number);
    const [ranks] = await ops.read([ops.rank(X, ops.upload(ids, 'ids'))]);
    expect(ranks?.every((rank) => rank === place)).toBe(true);
  }
  ops.dispose();
});

test('NaN and the infinities have their places: NaN last, −0 equal to 0', async () => {
  const row = [Number.NaN, -Infinity, -0, 3, Infinity, 0, Number.NaN, -5];
  const ops = backend.arena('order');
  const x = ops.upload(
    f32([1, 8], (i) => row[i] ?? 0),
    'x',
  );
  const { values, ids } = ops.topK(x, 8);
  const [found] = await ops.read([values]);
  expect([...(await ops.readIds(ids))]).toEqual([4, 3, 2, 5, 7, 1, 0, 6]);
  expect([...(found ?? [])]).toEqual([Infinity, 3, -0, 0, -5, -Infinity, Number.NaN, Number.NaN]);
  const all = ops.upload(
    f32([8, 8], (i) => row[i % 8] ?? 0),
    'x',
  );
  const [ranks] = await ops.read([
    ops.rank(
      all,
      ops.upload(
        u32([8], (i) => i),
        'ids',
      ),
    ),
  ]);
  expect([...(ranks ?? [])]).toEqual([6, 5, 2, 1, 0, 3, 7, 4]);
  ops.dispose();
});

test('mean and entropy do not hide NaN', async () => {
  const ops = backend.arena('nan');
  const x = ops.upload(
    f32([1, 65], (i) => (i === 9 ? Number.NaN : i)),
    'x',
  );
  const z = ops.logSumExp(x);
  const read = await ops.read([ops.mean(x), ops.entropy(x, z), ops.divergence(x, z, x, z)]);
  for (const data of read) expect([...data].every(Number.isNaN)).toBe(true);
  ops.dispose();
});

test('dotGroups from one projection to elementwise', async () => {
  const r = randoms(18);
  for (const [rows, groups, m] of [
    [1, 1, 1],
    [7, 1, 65],
    [65, 7, 1],
    [3, 65, 7],
    [2, 1, 3072],
  ] as const) {
    const [x, v] = [f32([rows, groups * m], r), f32([groups * m], r)];
    const own = f32(x.shape, r);
    await check(`dotGroups ${rows}×${groups}×${m}`, SUM, (ops, up) => [
      ops.dotGroups(up(x), up(v), groups),
      ops.dotGroups(up(x), up(own), groups),
    ]);
  }
});

test.each(
  Object.entries({
    blend: blendCases(),
    renormalize: patternCases(),
    'rows put together and averaged': rowCases(),
    normBack: normBackCases(),
    geluBack: geluBackCases(),
    'backward ops of attention': attentionBackCases(),
    'attention of several continuations': continuedCases(),
  }),
)('%s', async (_, cases) => {
  for (const { name, tolerance, body } of cases) await check(name, tolerance, body);
});

test('a grid larger than one dimension holds is folded', async () => {
  const n = 65_535 * 64 + 65; // one workgroup and one invocation more than fit
  const x = f32([n], (i) => i % 1000);
  const ops = backend.arena('fold');
  const a = ops.upload(x, 'a');
  const [sum] = await ops.read([ops.add(a, a)]);
  ops.dispose();
  const wrong = x.data.findIndex((value, i) => sum?.[i] !== 2 * value);
  expect(wrong).toBe(-1);
});

test('shapes that do not fit are refused with the numbers, before anything is recorded', () => {
  const ops = backend.arena('shapes');
  const up = (shape: number[]) =>
    ops.upload(
      f32(shape, () => 0),
      'x',
    );
  const ids = ops.upload(
    u32([2], () => 0),
    'ids',
  );
  const x = up([2, 3]);
  const { dispatches } = backend.counters;
  expect(() => ops.add(x, up([3, 2]))).toThrow('[2, 3] + [3, 2]');
  expect(() => ops.linear(x, up([4, 5]), null)).toThrow('[2, 3] · [4, 5]');
  expect(() => ops.linear(x, up([3, 5]), null, [4, 2])).toThrow('columns 4+2 of 5');
  expect(() => ops.linear(x, up([3, 5]), up([4]))).toThrow('bias [4] is not [5]');
  expect(() => ops.linearT(x, up([5, 4]))).toThrow('[2, 3] · [5, 4]ᵀ');
  expect(() => ops.posEmbed(x, 1, 3)).toThrow('3 positions of 2');
  expect(() => ops.norm(x, { w: up([2]), b: up([3]) }, { kind: 'linear' })).toThrow('not [3]');
  expect(() => ops.attentionScores(up([1, 2, 4]), up([1, 2, 4]), 3)).toThrow('3 heads');
  expect(() => ops.topK(x, 4)).toThrow('k = 4 of 3');
  expect(() =>
    ops.gather(
      x,
      ops.upload(
        u32([3], () => 0),
        'ids',
      ),
    ),
  ).toThrow('ids [3] for the rows of [2, 3]');
  expect(() => ops.dotGroups(x, up([3]), 2)).toThrow('2 groups');
  expect(() => ops.blend(up([2, 1, 3]), [[0, 1, 0, 1, 0, 4]], 0, null)).toThrow('0,4 in [2, 1, 3]');
  expect(() => ops.renormalize(up([2, 1, 3]), [[0, 1, 0, 1, 0, 1]])).toThrow('[2, 1, 3]');
  expect(() => ops.meanPositions(x)).toThrow('[2, 3]');
  expect(() => ops.appendRows(up([1, 2, 3]), 3, up([1, 1, 3]))).toThrow('3 rows of [1, 2, 3]');
  expect(() => ops.join([x, up([3, 3])])).toThrow('[2, 3] beside [3, 3]');
  expect(() => ops.softmaxBack(x, up([3, 2]))).toThrow('[2, 3] for [3, 2]');
  expect(() => ops.mixBack(up([1, 2, 4]), up([1, 2, 2, 3]), up([1, 2, 4]))).toThrow('[1, 2, 2, 3]');
  expect(() => ops.add(ids, ids)).toThrow('ids is u32, not f32');
  expect(() => ops.embed(x, x)).toThrow('x is f32, not ids');
  ops.flush();
  expect(backend.counters.dispatches).toBe(dispatches);
  ops.dispose();
});
