// Second half of the statistics of scaled logits: merges the lanes' (r, S = Σ e^(z − r), A = Σ e^(z − r)·(z − r)) and looks up
// one z. With S and A over the whole row, r the largest of the lanes': ln Σ e^z = r + ln S, entropy = ln S − A/S.
// Where a lane's r is NaN, so is the result. Where a lane's sums left the range in which they keep their digits (an update
// moved logits by tens of nats against each other), the row is summed again with a running maximum, which is always exact.
//
// shares f32 [rows, 1 + 2·updates, lanes, 4]; x, b, m, alpha, beta as in scaledLogitStats; ids u32 [rows];
// y f32 [rows, 1 + 2·updates, (ln Σ e^z, entropy, z of the id)]. One invocation per entry of y's second axis. With lib/flat
// and lib/nan.

override BIASED: u32 = 1;

/// A sum between these has lost nothing to the smallest numbers, and little to cancellation in ln S − A/S.
const LEAST = 1e-20;
const MOST = 1e20;
const LOWEST = -0x1.fffffep+127f;
const INFINITY = 0x7f800000u;

struct Shape {
  rows: u32,
  start: u32,
  n: u32,
  lanes: u32,
  directions: u32,
  updates: u32,
  summed: u32, // the first update that is a sum
}

@group(0) @binding(0) var<storage, read> shares: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> m: array<f32>;
@group(0) @binding(4) var<storage, read> alpha: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read> ids: array<u32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;
@group(0) @binding(8) var<uniform> shape: Shape;

/// What is done to a row: α, and the directions from `first` until before `end`.
struct Update {
  alpha: f32,
  first: u32,
  end: u32,
}

/// Of the entries of a row: x itself, every update with α = 1, every update with its own.
fn updateOf(row: u32, entry: u32) -> Update {
  if (entry == 0u) { return Update(1.0, 0u, 0u); }
  let update = (entry - 1u) % shape.updates;
  var scale = 1.0;
  if (entry > shape.updates) { scale = alpha[row * shape.updates + update]; }
  if (update < shape.summed) { return Update(scale, update, update + 1u); }
  // Sums end with the last direction, whether all of them are there or only that one.
  return Update(scale, 0u, shape.directions - (shape.updates - 1u - update));
}

/// z = b + α·(x − b + u), written so that with α = 1 it is x + u to the bit.
fn logit(row: u32, update: Update, column: u32) -> f32 {
  var moved = x[(shape.start + row) * shape.n + column];
  for (var d = update.first; d < update.end; d++) {
    moved += beta[row * shape.directions + d] * m[d * shape.n + column];
  }
  var bias = 0.0;
  if (BIASED > 0u) { bias = b[column]; }
  return moved + (update.alpha - 1.0) * (moved - bias);
}

/// (r, S, A) of the whole row, element by element: r is the largest z so far.
fn again(row: u32, update: Update) -> vec3f {
  var held = vec3f(LOWEST, 0.0, 0.0);
  for (var c = 0u; c < shape.n; c++) {
    let z = logit(row, update, c);
    let highest = max(held.x, z);
    let gap = held.x - highest;
    let weight = exp(z - highest);
    held = vec3f(highest, exp(gap) * held.y + weight, exp(gap) * (held.z + gap * held.y) + weight * (z - highest));
  }
  return held;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let entries = 1u + 2u * shape.updates;
  if (i >= shape.rows * entries) { return; }
  let row = i / entries;
  let first = i * shape.lanes;

  var highest = shares[first].x;
  for (var l = 1u; l < shape.lanes; l++) { highest = max(highest, shares[first + l].x); }
  var total = vec3f(highest, 0.0, 0.0);
  var kept = true;
  for (var l = 0u; l < shape.lanes; l++) {
    let lane = shares[first + l];
    if (isNaN(lane.x)) {
      for (var part = 0u; part < 3u; part++) { y[3u * i + part] = lane.x; }
      return;
    }
    kept = kept && lane.y > LEAST && lane.y < MOST && (bitcast<u32>(lane.z) & 0x7fffffffu) < INFINITY;
    let gap = lane.x - highest;
    total += vec3f(0.0, exp(gap) * lane.y, exp(gap) * (lane.z + gap * lane.y));
  }
  let update = updateOf(row, i % entries);
  if (!kept) { total = again(row, update); }

  y[3u * i] = total.x + log(total.y);
  y[3u * i + 1u] = log(total.y) - total.z / total.y;
  y[3u * i + 2u] = logit(row, update, ids[row]);
}
