// y[b, j, h·dHead + e] = factor·Σ_{i ≥ j} weights[b, h, i, j] · x[b, i, h·dHead + e]: the backward of mix.wgsl, which goes
// along the keys of a query, goes along the queries of a key.
//
// weights f32 [batch, heads, pos, pos]; x, y f32 [batch, pos, heads·dHead].
// One invocation per four keys of one element, so that a value read serves four sums; neighbouring lanes read
// neighbouring elements of x. Weights of keys after their query are never used. With lib/flat.

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  dHead: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let d = shape.heads * shape.dHead;
  let tiles = (shape.pos + 3u) / 4u;
  if (i >= shape.batch * tiles * d) { return; }
  let c = i % d;
  let key = i / d % tiles * 4u;
  let batch = i / d / tiles;
  let map = (batch * shape.heads + c / shape.dHead) * shape.pos * shape.pos + key;
  let xAt = batch * shape.pos * d + c;

  // Queries that only see the earlier ones of the keys, then those that see all four.
  var sums = vec4f();
  for (var query = key; query < min(key + 3u, shape.pos); query++) {
    for (var r = 0u; r <= query - key; r++) { sums[r] += weights[map + query * shape.pos + r] * x[xAt + query * d]; }
  }
  for (var query = key + 3u; query < shape.pos; query++) {
    let at = map + query * shape.pos;
    sums += vec4f(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]) * x[xAt + query * d];
  }
  for (var r = 0u; r < 4u; r++) {
    if (key + r < shape.pos) { y[(batch * shape.pos + key + r) * d + c] = shape.factor * sums[r]; }
  }
}
