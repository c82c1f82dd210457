// y[r·yStride + start + c] = x[(r mod xRows)·xStride + c] for c < n: what rows begin with, put somewhere into other rows.
// What else y holds is left as it is.
//
// x, y f32, copied as bits. One invocation per element that is copied. With lib/flat.

struct Shape {
  rows: u32,
  n: u32,
  xRows: u32, // x begins again after them
  xStride: u32,
  yStride: u32,
  start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.n) { return; }
  let r = i / shape.n;
  let c = i % shape.n;
  y[r * shape.yStride + shape.start + c] = x[r % shape.xRows * shape.xStride + c];
}
