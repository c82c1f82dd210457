// y[r, p] = factor · Σ_l shares[r, l, p]: the last step of every reduction that is a sum.
//
// shares f32 [rows, lanes, parts]; y f32 [rows, parts]. One invocation per element of y. With lib/flat.

struct Shape {
  rows: u32,
  lanes: u32,
  parts: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> shares: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.parts) { return; }
  let first = i / shape.parts * shape.lanes * shape.parts + i % shape.parts;
  var sum = 0.0;
  for (var l = 0u; l < shape.lanes; l++) { sum += shares[first + l * shape.parts]; }
  y[i] = sum * shape.factor;
}
