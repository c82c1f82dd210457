// y[r, c] = W[id(r), c], with id(r) = ids[r], or past + r mod positions where positions > 0 (the rows of W_pos); with
// `onto`, added to what y holds. Rows of y whose id is not in this part of W are left as they are.
//
// ids u32 [rows] (any buffer when positions > 0); W a part of [n, d]; y f32 [rows, d].
// One invocation per element of y. With lib/flat, lib/part and lib/weight.

struct Shape {
  part: Part,
  rows: u32,
  positions: u32, // 0: take ids
  past: u32,
  onto: u32,
}

@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let d = shape.part.width;
  if (i >= shape.rows * d) { return; }
  let r = i / d;
  var source: u32;
  if (shape.positions > 0u) { source = shape.past + r % shape.positions; } else { source = ids[r]; }
  let row = source - shape.part.first; // wraps to a large number before the part
  if (row >= shape.part.rows) { return; }
  let value = weight(rowOf(row), i % d);
  if (shape.onto > 0u) { y[i] += value; } else { y[i] = value; }
}
