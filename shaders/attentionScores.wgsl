// scores[b, h, i, j] = q[b, i, h]·k[b, j, h] / √dHead for j ≤ i, and −Infinity for j > i (causal).
//
// q, k f32 [batch, pos, heads·dHead]; scores f32 [batch, heads, pos, pos], written as bits: WGSL has no literal for
// −Infinity and a device may assume that it does not occur.
// One invocation per score; masked ones do no work. With lib/flat.

const MINUS_INFINITY = 0xff800000u;

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  dHead: u32,
  divisor: f32, // √dHead
}

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read_write> scores: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.batch * shape.heads * shape.pos * shape.pos) { return; }
  let key = i % shape.pos;
  let query = i / shape.pos % shape.pos;
  if (key > query) {
    scores[i] = MINUS_INFINITY;
    return;
  }
  let head = i / (shape.pos * shape.pos) % shape.heads;
  let first = i / (shape.pos * shape.pos * shape.heads) * shape.pos; // row of position 0 of this batch entry
  let d = shape.heads * shape.dHead;
  let qAt = (first + query) * d + head * shape.dHead;
  let kAt = (first + key) * d + head * shape.dHead;
  var sum = 0.0;
  for (var c = 0u; c < shape.dHead; c++) { sum += q[qAt + c] * k[kAt + c]; }
  scores[i] = bitcast<u32>(sum / shape.divisor);
}
