// z[b, i, h] = Σ_j softmax_j(q[b, i, h]·k[b, j, h] / √dHead) · v[b, j, h] over the keys j ≤ past + i. No score is stored.
//
// One invocation per query of a head. The softmax is a running one: what was summed under a smaller maximum is scaled
// down to the new one at every key, which costs less than to branch where the maximum has grown. Neighbouring lanes have
// neighbouring queries and so read the same keys. Two queries per invocation would share their reads, but take four times
// as long to compile. A line with {c} stands for SOME lines.
// With lib/flat and lib/attentionShape.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.batch * shape.heads * shape.pos) { return; }
  let query = i % shape.pos;
  let head = i / shape.pos % shape.heads;
  let batch = i / shape.pos / shape.heads;

  let d = shape.heads * SOME;
  let row = (batch * shape.pos + query) * d + head * SOME;
  let keys = batch * shape.room * d + head * SOME;
  let q{c} = q[row + {c}u] / shape.divisor;
  var z{c} = Some();
  var highest = LOWEST;
  var total = 0.0;
  for (var key = 0u; key <= shape.past + query; key++) {
    let at = keys + key * d;
    var score = 0.0;
    score += product(q{c}, k[at + {c}u]);
    let largest = max(highest, score);
    let scale = exp(highest - largest);
    let weight = exp(score - largest);
    highest = largest;
    total = total * scale + weight;
    z{c} = z{c} * scale + weight * v[at + {c}u];
  }
  z[row + {c}u] = z{c} / total;
}
