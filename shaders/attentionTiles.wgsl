// attention for GPUs: z[b, i, h] = Σ_j softmax_j(q·k / √dHead) · v over the keys j ≤ past + i (shapes: lib/attentionShape).
//
// A workgroup has sixteen queries of a head, and sixteen keys and values at a time in workgroup memory; blocks that none
// of its queries may see are never loaded. Four lanes to a query: each finds four scores of a block, then all four go
// through the block's keys, each adding up its own share of z. The softmax is a running one, as in attention.wgsl.
// A line with {c} stands for the SHARE numbers of z, `Some` each, that a lane has. With lib/attentionShape.

const BLOCK = 16u;
const LANES = 64u;

var<workgroup> queries: array<Some, BLOCK * SOME>;
var<workgroup> keys: array<Some, BLOCK * SOME>;
var<workgroup> values: array<Some, BLOCK * SOME>;
var<workgroup> scores: array<f32, BLOCK * BLOCK>; // [query, key]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = tile.x * BLOCK;
  let last = shape.pos - 1u;
  let d = shape.heads * SOME;
  let head = tile.y * SOME;
  for (var i = lane; i < BLOCK * SOME; i += LANES) {
    let row = tile.z * shape.pos + min(first + i / SOME, last);
    queries[i] = q[row * d + head + i % SOME] / shape.divisor;
  }

  let r = lane / 4u;
  let part = lane % 4u;
  let reach = shape.past + min(first + r, last) + 1u; // keys that this query sees
  let most = shape.past + min(first + BLOCK, shape.pos); // that any of them sees
  var z{c} = Some();
  var highest = LOWEST;
  var total = 0.0;
  for (var block = 0u; block < most; block += BLOCK) {
    for (var i = lane; i < BLOCK * SOME; i += LANES) {
      let at = (tile.z * shape.room + min(block + i / SOME, most - 1u)) * d + head + i % SOME;
      keys[i] = k[at];
      values[i] = v[at];
    }
    workgroupBarrier();
    for (var key = 4u * part; key < 4u * part + 4u; key++) {
      var score = 0.0;
      for (var c = 0u; c < SOME; c++) { score += product(queries[r * SOME + c], keys[key * SOME + c]); }
      scores[r * BLOCK + key] = score;
    }
    workgroupBarrier();
    let seen = min(BLOCK, reach - min(block, reach));
    var raised = highest;
    for (var key = 0u; key < seen; key++) { raised = max(raised, scores[r * BLOCK + key]); }
    let scale = exp(highest - raised);
    total *= scale;
    z{c} *= scale;
    highest = raised;
    for (var key = 0u; key < seen; key++) {
      let weight = exp(scores[r * BLOCK + key] - raised);
      total += weight;
      z{c} += weight * values[key * SOME + min(4u * {c}u + part, SOME - 1u)];
    }
    workgroupBarrier();
  }
  if (first + r >= shape.pos) { return; }
  let at = (tile.z * shape.pos + first + r) * d + head;
  if (4u * {c}u + part < SOME) { z[at + 4u * {c}u + part] = z{c} / total; }
}
