// Inputs and weights four by four as in lib/fours, of any depth, width and window: what is not there is 0.
// With lib/weight.

@group(0) @binding(0) var<storage, read> x: array<f32>;

/// Inputs at … at + 3, of which the first `some` are there.
fn inputsAt(at: u32, some: u32) -> vec4f {
  var inputs = vec4f();
  for (var i = 0u; i < min(some, 4u); i++) { inputs[i] = x[at + i]; }
  return inputs;
}

/// Weights column … column + 3 of a row, as far as W has them.
fn weightsAt(row: u32, column: u32) -> vec4f {
  var weights = vec4f();
  if (row >= shape.part.rows) { return weights; }
  let found = rowOf(row);
  for (var i = 0u; i < 4u; i++) {
    if (column + i < shape.part.width) { weights[i] = weight(found, column + i); }
  }
  return weights;
}
