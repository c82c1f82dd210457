// y[b, c] = Σ_p x[b, p, c] / pos.
//
// x f32 [batch, pos, d]; y f32 [batch, d]. One invocation per element of y; sums are taken in blocks, so that they do not
// gather the rounding of all their additions. With lib/flat.

const BLOCK = 64u;

struct Shape {
  batch: u32,
  pos: u32,
  d: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.batch * shape.d) { return; }
  let first = i / shape.d * shape.pos * shape.d + i % shape.d;
  var total = 0.0;
  for (var block = 0u; block < shape.pos; block += BLOCK) {
    var sum = 0.0;
    for (var p = block; p < min(block + BLOCK, shape.pos); p++) { sum += x[first + p * shape.d]; }
    total += sum;
  }
  y[i] = total / f32(shape.pos);
}
