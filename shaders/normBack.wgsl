// The gradient of a norm's input, given that of its output. With g = dy ⊙ w and x̂ = (x − mean)/σ:
//
// layer:  dx = (g − mean g − x̂·mean(g ⊙ x̂))/σ,  dScale = −Σ g ⊙ x̂ / σ
// linear: dx = g − mean g,                       dScale = 0
//
// One invocation per row. Mean and σ are found as in norm.wgsl: sums in blocks, the second pass corrects the first mean.
// With lib/flat and lib/normBackShape.

const BLOCK = 64u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.d;
  let n = f32(shape.d);

  var totals = vec2f(); // x, g
  for (var block = 0u; block < shape.d; block += BLOCK) {
    var sums = vec2f();
    for (var c = block; c < min(block + BLOCK, shape.d); c++) { sums += vec2f(x[first + c], dy[first + c] * w[c]); }
    totals += sums;
  }
  let guess = totals.x / n;
  let meanG = totals.y / n;
  if (shape.variance == 0u) {
    for (var c = 0u; c < shape.d; c++) { dx[first + c] = dy[first + c] * w[c] - meanG; }
    dScale[r] = 0.0;
    return;
  }

  var moments = vec3f(); // Σ deviation, Σ deviation², Σ g·deviation, of deviations from the guess
  for (var block = 0u; block < shape.d; block += BLOCK) {
    var sums = vec3f();
    for (var c = block; c < min(block + BLOCK, shape.d); c++) {
      let deviation = x[first + c] - guess;
      sums += vec3f(1.0, deviation, dy[first + c] * w[c] - meanG) * deviation;
    }
    moments += sums;
  }
  let shift = moments.x / n;
  let mean = guess + shift;
  let sigma = sqrt((moments.y - moments.x * shift) / n + shape.eps);
  let along = moments.z / (n * sigma); // mean(g ⊙ x̂): that of g is taken out, since deviations add up to 0
  for (var c = 0u; c < shape.d; c++) {
    let normal = (x[first + c] - mean) / sigma;
    dx[first + c] = (dy[first + c] * w[c] - meanG - normal * along) / sigma;
  }
  dScale[r] = -along * n / sigma;
}
