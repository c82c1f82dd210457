// First half of the entropy in nats of softmax(x): Σ p·(lse − x), p = e^(x − lse), of every lane's share.
// An entry whose p is 0 adds 0. Where lse is NaN, and so where x has NaN, the result is NaN.
//
// x f32 [rows, n]; lse f32 [rows]; shares f32 [rows, lanes].
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … With lib/flat and lib/nan.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> lse: array<f32>;
@group(0) @binding(2) var<storage, read_write> shares: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let r = i / shape.lanes;
  if (isNaN(lse[r])) {
    shares[i] = lse[r];
    return;
  }
  var sum = 0.0;
  for (var c = i % shape.lanes; c < shape.n; c += shape.lanes) {
    let surprisal = lse[r] - x[r * shape.n + c];
    let p = exp(-surprisal);
    if (p > 0.0) { sum += p * surprisal; }
  }
  shares[i] = sum;
}
