// First half of a mean over a row: the sum of every lane's share (sumLanes divides).
//
// x f32 [rows, n]; shares f32 [rows, lanes].
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … With lib/flat.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> shares: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let first = i / shape.lanes * shape.n;
  var sum = 0.0;
  for (var c = i % shape.lanes; c < shape.n; c += shape.lanes) { sum += x[first + c]; }
  shares[i] = sum;
}
