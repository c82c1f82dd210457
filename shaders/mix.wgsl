// z[b, i, h·dHead + e] = Σ_{j ≤ i} pattern[b, h, i, j] · v[b, j, h·dHead + e]
//
// pattern f32 [batch, heads, pos, pos]; v, z f32 [batch, pos, heads·dHead].
// One invocation per element of z; neighbouring lanes read neighbouring elements of v. Keys after the query are
// not read: what is masked cannot leak in, not even as NaN. With lib/flat.

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  dHead: u32,
}

@group(0) @binding(0) var<storage, read> pattern: array<f32>;
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let d = shape.heads * shape.dHead;
  if (i >= shape.batch * shape.pos * d) { return; }
  let c = i % d;
  let query = i / d % shape.pos;
  let batch = i / d / shape.pos;
  let patternAt = ((batch * shape.heads + c / shape.dHead) * shape.pos + query) * shape.pos;
  let vAt = batch * shape.pos * d + c;
  var sum = 0.0;
  for (var key = 0u; key <= query; key++) { sum += pattern[patternAt + key] * v[vAt + key * d]; }
  z[i] = sum;
}
