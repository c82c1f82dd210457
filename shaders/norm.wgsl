// layer:  scale = √(variance + eps),  y = (x − mean)/scale ⊙ w + b, with the biased variance
// linear: scale = 1,                  y = (x − mean) ⊙ w + b; no variance is looked at
//
// One invocation per row. Sums are taken in blocks, so that they do not gather the rounding of all their additions; the
// second pass corrects the rounding of the first mean, so that a constant row deviates by exactly 0. With lib/flat and
// lib/normShape.

const BLOCK = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.d;

  var total = 0.0;
  for (var block = 0u; block < shape.d; block += BLOCK) {
    var sum = 0.0;
    for (var c = block; c < min(block + BLOCK, shape.d); c++) { sum += x[first + c]; }
    total += sum;
  }
  let guess = total / f32(shape.d);

  var rest = 0.0;
  var squares = 0.0;
  for (var block = 0u; block < shape.d; block += BLOCK) {
    var sums = vec2f();
    for (var c = block; c < min(block + BLOCK, shape.d); c++) {
      let deviation = x[first + c] - guess;
      sums += vec2f(deviation, deviation * deviation);
    }
    rest += sums.x;
    squares += sums.y;
  }
  let shift = rest / f32(shape.d);
  let mean = guess + shift;

  var sigma = 1.0;
  if (shape.variance > 0u) { sigma = sqrt((squares - rest * shift) / f32(shape.d) + shape.eps); }
  scale[r] = sigma;
  for (var c = 0u; c < shape.d; c++) { y[first + c] = (x[first + c] - mean) / sigma * w[c] + b[c]; }
}
