// y = gelu_new(x), elementwise.
//
// x, y f32 [n]. One invocation per element. With lib/flat and lib/gelu.

struct Shape { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i < shape.n) { y[i] = gelu(x[i]); }
}
