// z[b, i, h] = Σ_j softmax_j(q[b, i, h]·k[b, j, h] / √dHead) · v[b, j, h] over the keys j ≤ past + i. No score is stored.
//
// q, z f32 [batch, pos, heads·dHead]; k, v f32 [batch, room, heads·dHead], room ≥ past + pos. Read by `Some` numbers at
// once, four where dHead is a multiple of 4, of which a head has SOME.
// One invocation per two queries of a head, which share every key and value read. The softmax is a running one: what was
// summed under a smaller maximum is scaled down when a larger score comes. Neighbouring lanes have neighbouring queries
// and so read the same keys. A line with {c} stands for SOME lines. With lib/flat.

const LOWEST = -0x1.fffffep+127f;

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  past: u32,
  room: u32,
  divisor: f32, // √dHead
}

@group(0) @binding(0) var<storage, read> q: array<Some>;
@group(0) @binding(1) var<storage, read> k: array<Some>;
@group(0) @binding(2) var<storage, read> v: array<Some>;
@group(0) @binding(3) var<storage, read_write> z: array<Some>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let pairs = (shape.pos + 1u) / 2u;
  if (i >= shape.batch * shape.heads * pairs) { return; }
  let first = i % pairs * 2u;
  let second = min(first + 1u, shape.pos - 1u);
  let head = i / pairs % shape.heads;
  let batch = i / pairs / shape.heads;

  let d = shape.heads * SOME;
  let a = (batch * shape.pos + first) * d + head * SOME;
  let b = (batch * shape.pos + second) * d + head * SOME;
  let keys = batch * shape.room * d + head * SOME;
  let qa{c} = q[a + {c}u] / shape.divisor;
  let qb{c} = q[b + {c}u] / shape.divisor;
  var za{c} = Some();
  var zb{c} = Some();
  var highest = vec2f(LOWEST);
  var total = vec2f();
  for (var key = 0u; key <= shape.past + first; key++) {
    let at = keys + key * d;
    var score = vec2f();
    { let some = k[at + {c}u]; score += vec2f(product(qa{c}, some), product(qb{c}, some)); }
    if (any(score > highest)) {
      let raised = max(highest, score);
      let scale = exp(highest - raised);
      total *= scale;
      za{c} *= scale.x; zb{c} *= scale.y;
      highest = raised;
    }
    let weight = exp(score - highest);
    total += weight;
    { let some = v[at + {c}u]; za{c} += weight.x * some; zb{c} += weight.y * some; }
  }
  z[a + {c}u] = za{c} / total.x;
  if (second == first) { return; }

  // One more key, which the first query must not see.
  let at = keys + (shape.past + second) * d;
  var score = 0.0;
  score += product(qb{c}, k[at + {c}u]);
  let raised = max(highest.y, score);
  let scale = exp(highest.y - raised);
  let weight = exp(score - raised);
  let sum = total.y * scale + weight;
  z[b + {c}u] = (zb{c} * scale + weight * v[at + {c}u]) / sum;
}
