// First half of the statistics of logits that one direction was added to and that were scaled towards their bias:
//   z = b + α·(x − b) + β·m,  per row and update,
// of every lane's share the largest z, Σ e^(z − max) and Σ e^(z − max)·(z − max), of which ln Σ e^z and the entropy are made.
// A row of x with anything that is not finite gives NaN in both sums.
//
// x f32 [rows, n]; b f32 [n] (any buffer unless BIASED); m f32 [updates, n] (any buffer unless UPDATED);
// alpha, beta f32 [rows, updates]; shares f32 [rows, updates, lanes, (max, sum, weighted, 0)].
// One invocation per (row, UPDATES updates, lane), which reads x and b once for all of its updates and goes through its
// share four elements at a time, keeping a running maximum; lane l takes elements l, l + lanes, l + 2·lanes … Beyond the
// last update it computes that one again and does not write it. A line with {u} stands for UPDATES lines. With lib/flat.

override BIASED: u32 = 1;
override UPDATED: u32 = 1;

const LOWEST = -0x1.fffffep+127f;
const INFINITY = 0x7f800000u;

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  updates: u32,
  nan: u32, // its bits: WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> m: array<f32>;
@group(0) @binding(3) var<storage, read> alpha: array<f32>;
@group(0) @binding(4) var<storage, read> beta: array<f32>;
@group(0) @binding(5) var<storage, read_write> shares: array<vec4f>;
@group(0) @binding(6) var<uniform> shape: Shape;

/// A running (max, Σ e^(z − max), Σ e^(z − max)·(z − max)) taken on by four more z, of which `there` are in the share.
fn taken(held: vec4f, z: vec4f, there: vec4<bool>) -> vec4f {
  let four = select(vec4f(LOWEST), z, there);
  let highest = max(held.x, max(max(four.x, four.y), max(four.z, four.w)));
  let gap = held.x - highest;
  let shrink = exp(gap);
  let depth = four - highest;
  let weight = select(vec4f(), exp(depth), there);
  // 0·∞ is 0 here: before the first element the sums are 0, and an element of weight 0 has no part in them.
  let old = select(0.0, shrink * (held.z + gap * held.y), held.y > 0.0);
  let own = select(vec4f(), weight * depth, weight > vec4f());
  return vec4f(highest, shrink * held.y + dot(weight, vec4f(1.0)), old + dot(own, vec4f(1.0)), 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let blocks = (shape.updates + UPDATES - 1u) / UPDATES;
  if (i >= shape.rows * blocks * shape.lanes) { return; }
  let lane = i % shape.lanes;
  let r = i / shape.lanes / blocks;
  let first = i / shape.lanes % blocks * UPDATES;
  let last = shape.updates - 1u;
  let row = r * shape.n;

  let u{u} = min(first + {u}u, last);
  let a{u} = alpha[r * shape.updates + u{u}];
  let d{u} = beta[r * shape.updates + u{u}];
  let m{u} = u{u} * shape.n;
  var s{u} = vec4f(LOWEST, 0.0, 0.0, 0.0);

  var worst = vec4u();
  for (var c = lane; c < shape.n; c += 4u * shape.lanes) {
    let column = vec4u(c, c + shape.lanes, c + 2u * shape.lanes, c + 3u * shape.lanes);
    let there = column < vec4u(shape.n);
    let at = min(column, vec4u(shape.n - 1u));
    let logits = vec4f(x[row + at.x], x[row + at.y], x[row + at.z], x[row + at.w]);
    worst = max(worst, bitcast<vec4u>(logits) & vec4u(0x7fffffffu));
    var bias = vec4f();
    if (BIASED > 0u) { bias = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]); }
    let own = logits - bias;
    var z{u} = bias + a{u} * own;
    if (UPDATED > 0u) { z{u} += d{u} * vec4f(m[m{u} + at.x], m[m{u} + at.y], m[m{u} + at.z], m[m{u} + at.w]); }
    s{u} = taken(s{u}, z{u}, there);
  }
  if (max(max(worst.x, worst.y), max(worst.z, worst.w)) >= INFINITY) {
    let nan = bitcast<f32>(shape.nan);
    s{u} = vec4f(LOWEST, nan, nan, 0.0);
  }
  if (first + {u}u <= last) { shares[(r * shape.updates + u{u}) * shape.lanes + lane] = s{u}; }
}
