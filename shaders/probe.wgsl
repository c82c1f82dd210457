// y[i] = 3·x[i] + 1: what a device must get right before it is called working.
//
// x f32 [n]; y f32 [n]. One invocation per element.

struct Shape { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.n) { return; }
  y[id.x] = 3.0 * x[id.x] + 1.0;
}
