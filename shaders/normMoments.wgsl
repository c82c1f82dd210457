// First half of a norm: the mean and the sum of squared deviations M2 of every lane's share of a row.
//
// x f32 [rows, d]; moments f32 [rows, lanes, (mean, M2)].
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … Two passes over them: the second
// also corrects the rounding of the first mean, so that a constant row deviates by exactly 0. `variance` 0 (LN-free)
// leaves M2 at 0. With lib/flat.

struct Shape {
  rows: u32,
  d: u32,
  lanes: u32,
  variance: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> moments: array<vec2f>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let row = (i / shape.lanes) * shape.d;
  let lane = i % shape.lanes;
  let count = f32((shape.d - lane + shape.lanes - 1u) / shape.lanes);

  var sum = 0.0;
  for (var c = lane; c < shape.d; c += shape.lanes) { sum += x[row + c]; }
  let mean = sum / count;

  var rest = 0.0;
  var squares = 0.0;
  for (var c = lane; c < shape.d; c += shape.lanes) {
    let deviation = x[row + c] - mean;
    rest += deviation;
    if (shape.variance > 0u) { squares += deviation * deviation; }
  }
  if (shape.variance > 0u) { squares -= rest * rest / count; }
  moments[i] = vec2f(mean + rest / count, squares);
}
