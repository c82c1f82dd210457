// scores[b, h, i, j] = q[b, i, h]·k[b, j, h] / divisor for j ≤ i, and `masked` for j > i (causal): √dHead and −Infinity, or
// 1 and 0 for the gradient of a pattern.
//
// q, k f32 [batch, pos, heads·dHead]; scores f32 [batch, heads, pos, pos], written as bits: WGSL has no literal for
// −Infinity and a device may assume that it does not occur.
// One invocation per 4 × 4 tile of queries and keys, kept in registers; a tile that is masked as a whole does no work.
// Beyond the last position it computes that one again and does not write it. With lib/flat.

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  dHead: u32,
  divisor: f32,
  masked: u32, // its bits
}

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read_write> scores: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Four scores of one query, from `key` on; `map` numbers the (batch, head) they belong to.
fn store(map: u32, query: u32, key: u32, sums: vec4f) {
  if (query >= shape.pos) { return; }
  for (var j = key; j < min(key + 4u, shape.pos); j++) {
    let score = bitcast<u32>(sums[j - key] / shape.divisor);
    scores[(map * shape.pos + query) * shape.pos + j] = select(score, shape.masked, j > query);
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let tiles = (shape.pos + 3u) / 4u; // per side
  if (i >= shape.batch * shape.heads * tiles * tiles) { return; }
  let key = i % tiles * 4u;
  let query = i / tiles % tiles * 4u;
  let map = i / (tiles * tiles);

  let d = shape.heads * shape.dHead;
  let position = map / shape.heads * shape.pos; // position 0 of this batch entry
  let head = map % shape.heads * shape.dHead;
  let step = vec4u(0u, 1u, 2u, 3u);
  let queries = (position + min(query + step, vec4u(shape.pos - 1u))) * d + head;
  let keys = (position + min(key + step, vec4u(shape.pos - 1u))) * d + head;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  if (key <= query + 3u) {
    for (var c = 0u; c < shape.dHead; c++) {
      let four = vec4f(k[keys.x + c], k[keys.y + c], k[keys.z + c], k[keys.w + c]);
      s0 += q[queries.x + c] * four;
      s1 += q[queries.y + c] * four;
      s2 += q[queries.z + c] * four;
      s3 += q[queries.w + c] * four;
    }
  }
  store(map, query, key, s0);
  store(map, query + 1u, key, s1);
  store(map, query + 2u, key, s2);
  store(map, query + 3u, key, s3);
}
