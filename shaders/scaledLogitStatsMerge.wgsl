// Second half of the statistics of scaled logits: merges the lanes' (max, Σ e^(z − max), Σ e^(z − max)·(z − max)) and looks
// up one z. With S and A the sums over the row: ln Σ e^z = max + ln S, entropy = ln S − A/S.
// Where a lane is NaN, so is the result.
//
// shares f32 [rows, updates, lanes, 4]; x, b, m, alpha, beta as in scaledLogitStats, scalings and directions taken as one
// axis of updates; ids u32 [rows];
// y f32 [rows, updates, (ln Σ e^z, entropy, z of the id)]. One invocation per (row, update). With lib/flat and lib/nan.

override BIASED: u32 = 1;
override UPDATED: u32 = 1;

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  updates: u32, // scalings · directions
  directions: u32,
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

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.updates) { return; }
  let first = i * shape.lanes;
  var highest = shares[first].x;
  for (var l = 1u; l < shape.lanes; l++) { highest = max(highest, shares[first + l].x); }
  var sum = 0.0;
  var weighted = 0.0;
  for (var l = 0u; l < shape.lanes; l++) {
    let lane = shares[first + l];
    if (isNaN(lane.y)) {
      for (var part = 0u; part < 3u; part++) { y[3u * i + part] = lane.y; }
      return;
    }
    let gap = lane.x - highest;
    sum += exp(gap) * lane.y;
    weighted += exp(gap) * (lane.z + gap * lane.y);
  }

  let r = i / shape.updates;
  let column = ids[r];
  var bias = 0.0;
  if (BIASED > 0u) { bias = b[column]; }
  var z = bias + alpha[i] * (x[r * shape.n + column] - bias);
  if (UPDATED > 0u) { z += beta[i] * m[i % shape.directions * shape.n + column]; }
  y[3u * i] = highest + log(sum);
  y[3u * i + 1u] = log(sum) - weighted / sum;
  y[3u * i + 2u] = z;
}
