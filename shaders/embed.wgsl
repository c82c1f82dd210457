// y[r, c] = W[id(r), c], with id(r) = ids[r], or r mod positions where positions > 0 (the rows of W_pos).
//
// W f32 or f16 [n, d]; ids u32 [rows] (any buffer when positions > 0); y f32 [rows, d].
// One invocation per element of y. With lib/flat and lib/weight.

struct Shape {
  rows: u32,
  d: u32,
  positions: u32, // 0: take ids
}

@group(0) @binding(0) var<storage, read> W: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.d) { return; }
  let r = i / shape.d;
  var source: u32;
  if (shape.positions > 0u) { source = r % shape.positions; } else { source = ids[r]; }
  y[i] = weight(source * shape.d + i % shape.d);
}
