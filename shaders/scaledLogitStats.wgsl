// First half of the statistics of logits that directions were added to and that were then scaled towards their bias:
//   z = b + α·(x − b + u),  u = β_d·m_d of a direction, or the sum of the first few; α = 1, and the α of the update,
// of every lane's share the sums Σ e^(z − r) and Σ e^(z − r)·(z − r), of which ln Σ e^z and the entropy are made.
//
// x f32 [rows of x, n], of which rows `start` … are meant; b f32 [n] (any buffer unless BIASED); m f32 [directions, n];
// alpha f32 [rows, updates]; beta f32 [rows, directions]; sums f32 [rows, n], Σ β_d·m_d of earlier blocks of directions, kept
// from one dispatch to the next (any buffer unless CARRIED); shares f32 [rows, 1 + 2·updates, lanes, (r, Σ, Σ, 0)]: first x
// itself, then every update with α = 1, then every one with its own α. Updates are each direction by itself, where asked
// for, and then the sums: of the first direction, the first two, …, or of all of them.
//
// r is not the largest z, which would cost a pass: it is what the largest x of the lane's share becomes with u = 0. One Σ is
// then about 1 whatever offset logits have in common; where u moves it by tens of nats, the second half begins anew. r is NaN
// where the share has anything that is not finite. Exponents are taken of 2, and differences are made before they are scaled.
//
// One invocation per (ROWS rows, lane) and dispatch per BLOCK directions, so that what is read serves as many exponentials as
// can be; lane l takes elements l, l + lanes, l + 2·lanes … Beyond the last direction nothing is added. A line with {d} stands
// for a line per direction of the block, {e} and {p} likewise where each by itself and every sum are asked for; {j} is there
// where only the sum of all is (each block writes what it has: the last write stays), {r} stands for rows. With lib/flat.

override BIASED: u32 = 1;
override CARRIED: u32 = 1;

const LOG2_E = 1.4426950408889634;
const LN_2 = 0.6931471805599453;
const INFINITY = 0x7f800000u;

struct Shape {
  rows: u32,
  start: u32,
  n: u32,
  lanes: u32,
  directions: u32,
  first: u32, // direction of this block
  updates: u32,
  summed: u32, // the first update that is a sum
  nan: u32, // its bits: WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> m: array<f32>;
@group(0) @binding(3) var<storage, read> alpha: array<f32>;
@group(0) @binding(4) var<storage, read> beta: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums: array<f32>;
@group(0) @binding(6) var<storage, read_write> shares: array<vec4f>;
@group(0) @binding(7) var<uniform> shape: Shape;

/// (w, w·z, v, v·t) with w = 2^z, v = 2^t: z and t are b + y and b + α·y.
fn terms(y: f32, b: f32, alpha: f32) -> vec4f {
  let z = b + y;
  let t = b + alpha * y;
  let w = exp2(z);
  let v = exp2(t);
  return vec4f(w, w * z, v, v * t);
}

/// Both sums of one update, with α = 1 and with its own.
fn write(row: u32, update: u32, lane: u32, top: f32, bias: f32, found: vec4f) {
  let scaled = top + (alpha[row * shape.updates + update] - 1.0) * (top - bias);
  let i = (row * (1u + 2u * shape.updates) + 1u + update) * shape.lanes + lane;
  shares[i] = vec4f(top, found.x, LN_2 * found.y, 0.0);
  shares[i + shape.updates * shape.lanes] = vec4f(scaled, found.z, LN_2 * found.w, 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= (shape.rows + ROWS - 1u) / ROWS * shape.lanes) { return; }
  let lane = i % shape.lanes;
  let last = shape.directions - 1u;
  // Beyond the last row it is computed again, and written again as it is.
  let row{r} = min(i / shape.lanes * ROWS + {r}u, shape.rows - 1u);
  let x{r} = (shape.start + row{r}) * shape.n;

  var worst{r} = 0u;
  var top{r} = x[x{r} + lane];
  var at{r} = lane;
  for (var c = lane; c < shape.n; c += shape.lanes) {
    let v{r} = x[x{r} + c];
    worst{r} = max(worst{r}, bitcast<u32>(v{r}) & 0x7fffffffu);
    at{r} = select(at{r}, c, v{r} > top{r});
    top{r} = max(top{r}, v{r});
  }
  var bias{r} = 0.0;
  if (BIASED > 0u) { bias{r} = b[at{r}]; }

  let m{d} = min(shape.first + {d}u, last) * shape.n;
  let beta{d}_{r} = LOG2_E * select(0.0, beta[row{r} * shape.directions + min(shape.first + {d}u, last)], shape.first + {d}u <= last);
  let each{e}_{r} = alpha[row{r} * shape.updates + min(shape.first + {e}u, last)];
  let upTo{p}_{r} = alpha[row{r} * shape.updates + shape.summed + min(shape.first + {p}u, last)];
  let all{j}_{r} = alpha[row{r} * shape.updates + shape.summed];
  var own{r} = vec2f();
  var each{e}Of{r} = vec4f();
  var upTo{p}Of{r} = vec4f();
  var all{j}Of{r} = vec4f();

  for (var c = lane; c < shape.n; c += shape.lanes) {
    var shift = 0.0;
    if (BIASED > 0u) { shift = b[c]; }
    let b{r} = LOG2_E * (shift - bias{r});
    let z{r} = LOG2_E * (x[x{r} + c] - top{r});
    let y{r} = z{r} - b{r};
    let w{r} = exp2(z{r});
    own{r} += vec2f(w{r}, w{r} * z{r});

    var sum{r} = 0.0;
    if (CARRIED > 0u && shape.first > 0u) { sum{r} = sums[row{r} * shape.n + c]; }
    let m{d}Of = m[m{d} + c];
    let u{d}_{r} = beta{d}_{r} * m{d}Of; sum{r} += u{d}_{r}; let s{d}_{r} = sum{r};
    each{e}Of{r} += terms(y{r} + u{e}_{r}, b{r}, each{e}_{r});
    upTo{p}Of{r} += terms(y{r} + s{p}_{r}, b{r}, upTo{p}_{r});
    all{j}Of{r} += terms(y{r} + sum{r}, b{r}, all{j}_{r});
    if (CARRIED > 0u) { sums[row{r} * shape.n + c] = sum{r}; }
  }

  if (worst{r} >= INFINITY) { top{r} = bitcast<f32>(shape.nan); }
  shares[row{r} * (1u + 2u * shape.updates) * shape.lanes + lane] = vec4f(top{r}, own{r}.x, LN_2 * own{r}.y, 0.0);
  if (shape.first + {e}u <= last) { write(row{r}, shape.first + {e}u, lane, top{r}, bias{r}, each{e}Of{r}); }
  if (shape.first + {p}u <= last) { write(row{r}, shape.summed + shape.first + {p}u, lane, top{r}, bias{r}, upTo{p}Of{r}); }
  write(row{r}, shape.summed + {j}u, lane, top{r}, bias{r}, all{j}Of{r});
}
