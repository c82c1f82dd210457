// z[b, i, h·dHead + e] = factor·Σ_{j ≤ i} pattern[b, h, i, j] · v[b, j, h·dHead + e]
//
// pattern f32 [batch, heads, pos, pos]; v, z f32 [batch, pos, heads·dHead].
// One invocation per four queries of one element, so that a value read serves four sums; neighbouring lanes read
// neighbouring elements of v. Keys after the query are never used: what is masked cannot leak in, not even as NaN.
// With lib/flat.

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  dHead: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> pattern: array<f32>;
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let d = shape.heads * shape.dHead;
  let tiles = (shape.pos + 3u) / 4u;
  if (i >= shape.batch * tiles * d) { return; }
  let c = i % d;
  let query = i / d % tiles * 4u;
  let batch = i / d / tiles;
  let rows = (batch * shape.heads + c / shape.dHead) * shape.pos + min(query + vec4u(0u, 1u, 2u, 3u), vec4u(shape.pos - 1u));
  let at = rows * shape.pos;
  let vAt = batch * shape.pos * d + c;

  // Keys that all four see, then those that only the later ones do.
  var sums = vec4f();
  for (var key = 0u; key <= query; key++) {
    sums += vec4f(pattern[at.x + key], pattern[at.y + key], pattern[at.z + key], pattern[at.w + key]) * v[vAt + key * d];
  }
  for (var key = query + 1u; key < min(query + 4u, shape.pos); key++) {
    for (var r = key - query; r < 4u; r++) { sums[r] += pattern[at[r] + key] * v[vAt + key * d]; }
  }
  for (var r = 0u; r < 4u; r++) {
    if (query + r < shape.pos) { z[(batch * shape.pos + query + r) * d + c] = shape.factor * sums[r]; }
  }
}
