// First half of the statistics of logits that one direction was added to and that were scaled towards their bias:
//   z = b + α·(x − b) + β·m,  per row and update,
// of every lane's share the largest z, Σ e^(z − max) and Σ e^(z − max)·(z − max), of which ln Σ e^z and the entropy are made.
// A row of x with anything that is not finite gives NaN in both sums.
//
// x f32 [rows, n]; b f32 [n] (any buffer unless BIASED); m f32 [directions, n] (any buffer unless UPDATED);
// alpha, beta f32 [rows, scalings, directions], an update each; shares f32 [rows, scalings, directions, lanes, (max, sum,
// weighted, 0)]. One invocation per (row, BLOCK directions, lane), which reads what its updates share once and goes
// through its share eight elements at a time, keeping a running maximum; lane l takes elements l, l + lanes, l + 2·lanes …
// Beyond the last direction it computes that one again and does not write it. A line with {d} stands for a line per
// direction of the block, one with {s} for a line per scaling. With lib/flat.

override BIASED: u32 = 1;
override UPDATED: u32 = 1;

const LOWEST = -0x1.fffffep+127f;
const INFINITY = 0x7f800000u;

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  directions: u32,
  nan: u32, // its bits: WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> m: array<f32>;
@group(0) @binding(3) var<storage, read> alpha: array<f32>;
@group(0) @binding(4) var<storage, read> beta: array<f32>;
@group(0) @binding(5) var<storage, read_write> shares: array<vec4f>;
@group(0) @binding(6) var<uniform> shape: Shape;

fn sumOf(v: vec4f) -> f32 {
  return v.x + v.y + (v.z + v.w);
}

/// A running (max, Σ e^(z − max), Σ e^(z − max)·(z − max)) taken on by eight more z; LOWEST, which stands for none, has no weight.
fn taken(held: vec3f, left: vec4f, right: vec4f) -> vec3f {
  let four = max(left, right);
  let highest = max(held.x, max(max(four.x, four.y), max(four.z, four.w)));
  let gap = held.x - highest;
  let shrink = exp(gap);
  let l = left - highest;
  let r = right - highest;
  let wl = exp(l);
  let wr = exp(r);
  return vec3f(highest, shrink * held.y + sumOf(wl + wr), shrink * (held.z + gap * held.y) + sumOf(wl * l + wr * r));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let blocks = (shape.directions + BLOCK - 1u) / BLOCK;
  if (i >= shape.rows * blocks * shape.lanes) { return; }
  let lane = i % shape.lanes;
  let row = i / shape.lanes / blocks;
  let first = i / shape.lanes % blocks * BLOCK;
  let last = shape.directions - 1u;
  let step = shape.lanes;
  let start = row * shape.n;

  let m{d} = min(first + {d}u, last) * shape.n;
  let u{d}_{s} = (row * SCALINGS + {s}u) * shape.directions + min(first + {d}u, last);
  let a{d}_{s} = alpha[u{d}_{s}];
  let b{d}_{s} = beta[u{d}_{s}];
  var s{d}_{s} = vec3f(LOWEST, 0.0, 0.0);

  var worst = vec4u();
  for (var c = lane; c < shape.n; c += 8u * step) {
    let p = vec4u(c, c + step, c + 2u * step, c + 3u * step);
    let q = p + 4u * step;
    let thereP = p < vec4u(shape.n);
    let thereQ = q < vec4u(shape.n);
    // Beyond the end the last element is read again.
    let g = min(p, vec4u(shape.n - 1u));
    let h = min(q, vec4u(shape.n - 1u));
    let xg = vec4f(x[start + g.x], x[start + g.y], x[start + g.z], x[start + g.w]);
    let xh = vec4f(x[start + h.x], x[start + h.y], x[start + h.z], x[start + h.w]);
    worst = max(worst, max(bitcast<vec4u>(xg) & vec4u(0x7fffffffu), bitcast<vec4u>(xh) & vec4u(0x7fffffffu)));
    var bg = vec4f();
    var bh = vec4f();
    if (BIASED > 0u) {
      bg = vec4f(b[g.x], b[g.y], b[g.z], b[g.w]);
      bh = vec4f(b[h.x], b[h.y], b[h.z], b[h.w]);
    }
    let ownG = xg - bg;
    let ownH = xh - bh;
    var mg{d} = vec4f(); var mh{d} = vec4f();
    if (UPDATED > 0u) { mg{d} = vec4f(m[m{d} + g.x], m[m{d} + g.y], m[m{d} + g.z], m[m{d} + g.w]); }
    if (UPDATED > 0u) { mh{d} = vec4f(m[m{d} + h.x], m[m{d} + h.y], m[m{d} + h.z], m[m{d} + h.w]); }
    let zg{d}_{s} = select(vec4f(LOWEST), bg + a{d}_{s} * ownG + b{d}_{s} * mg{d}, thereP);
    let zh{d}_{s} = select(vec4f(LOWEST), bh + a{d}_{s} * ownH + b{d}_{s} * mh{d}, thereQ);
    s{d}_{s} = taken(s{d}_{s}, zg{d}_{s}, zh{d}_{s});
  }
  if (max(max(worst.x, worst.y), max(worst.z, worst.w)) >= INFINITY) {
    let nan = bitcast<f32>(shape.nan);
    s{d}_{s} = vec3f(LOWEST, nan, nan);
  }
  if (first + {d}u <= last) { shares[u{d}_{s} * shape.lanes + lane] = vec4f(s{d}_{s}, 0.0); }
}
