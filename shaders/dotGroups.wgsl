// y[r, g] = Σ_i x[r, g·m + i] · v[r mod vectors, g·m + i]: a dot product per group of the last axis.
//
// x f32 [rows, groups·m]; v f32 [vectors, groups·m], one vector or one per row; y f32 [rows, groups].
// One invocation per element of y; long sums are taken in blocks, so that they do not gather the rounding of all
// their additions. With lib/flat.

const BLOCK = 256u;

struct Shape {
  rows: u32,
  groups: u32,
  m: u32,
  vectors: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.groups) { return; }
  let xAt = i * shape.m;
  let vAt = i % (shape.vectors * shape.groups) * shape.m;
  var total = 0.0;
  for (var block = 0u; block < shape.m; block += BLOCK) {
    var sum = 0.0;
    for (var c = block; c < min(block + BLOCK, shape.m); c++) { sum += x[xAt + c] * v[vAt + c]; }
    total += sum;
  }
  y[i] = total;
}
