// y[r, c] = onto + Σ_s x[s, r, c]: the shares of a product that linearTiles left, and what follows from their sum.
//
// x f32 [slices, rows, count].
// One invocation per element. With lib/part, lib/gelu, lib/epilogue and lib/flat.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(7) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let n = shape.rows * shape.count;
  if (i >= n) { return; }
  var sum = 0.0;
  for (var s = 0u; s < shape.slices; s++) { sum += x[s * n + i]; }
  let row = i / shape.count;
  let column = i % shape.count;
  finish(row, 0u, column, onto(row, 0u, column) + sum);
}
