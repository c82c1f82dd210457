// First half of KL(a‖b), KL(b‖a) and JSD(a, b) in nats, a and b given as logits and their logSumExp.
// With t = ln p − ln q and m = (p + q)/2:
//   KL(a‖b) = Σ p·t − p + q       the −p + q sum to 0, and take the rounding of the logSumExps out of the result
//   JSD     = ½ Σ p·ln(p/m) + q·ln(q/m),  ln(p/m) = min(t, 0) − s,  ln(q/m) = min(−t, 0) − s,  s = ln((1 + e^−|t|)/2)
// and for |t| < 0.1, where these are differences of nearly equal numbers, their series in t.
// 0·ln 0 is 0. Where a logSumExp is NaN, and so where a or b has NaN, the result is NaN.
//
// a, b f32 [rows, n]; lseA, lseB f32 [rows]; shares f32 [rows, lanes, 3].
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … With lib/flat and lib/nan.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> lseA: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> lseB: array<f32>;
@group(0) @binding(4) var<storage, read_write> shares: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;

/// p·l, and 0 where p is 0 and l infinite.
fn weighted(p: f32, l: f32) -> f32 {
  if (p == 0.0) { return 0.0; }
  return p * l;
}

/// e^t·(t − 1) + 1 for small t: what p·t − p + q is to q.
fn excess(t: f32) -> f32 {
  return t * t * (0.5 + t * (1.0 / 3.0 + t * (0.125 + t / 30.0)));
}

/// What one token adds to KL(a‖b), KL(b‖a) and JSD.
fn terms(p: f32, q: f32, t: f32) -> vec3f {
  if (abs(t) < 0.1) {
    let jsd = (p + q) * t * t * (1.0 - 0.125 * t * t) / 16.0;
    return vec3f(q * excess(t), p * excess(-t), jsd);
  }
  let s = log(0.5 * (1.0 + exp(-abs(t))));
  let jsd = 0.5 * (weighted(p, min(t, 0.0) - s) + weighted(q, min(-t, 0.0) - s));
  return vec3f(weighted(p, t) - p + q, weighted(q, -t) - q + p, jsd);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let r = i / shape.lanes;
  let gap = lseB[r] - lseA[r];
  var sums = vec3f();
  if (isNaN(gap)) { sums = vec3f(gap); }
  for (var c = i % shape.lanes; c < shape.n && !isNaN(gap); c += shape.lanes) {
    let logitA = a[r * shape.n + c];
    let logitB = b[r * shape.n + c];
    sums += terms(exp(logitA - lseA[r]), exp(logitB - lseB[r]), logitA - logitB + gap);
  }
  shares[3u * i] = sums.x;
  shares[3u * i + 1u] = sums.y;
  shares[3u * i + 2u] = sums.z;
}
