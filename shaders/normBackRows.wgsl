// normBack for GPUs: a workgroup per row (formulas and the correction of the mean: normBack.wgsl).
//
// Every lane takes each LANES-th entry of the row; what the lanes found is added up in a tree in workgroup memory.
// Rows beyond 65,535 are in a second line of the grid. With lib/normBackShape and lib/total.

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = id.y * workgroups.x + id.x;
  if (r >= shape.rows) { return; }
  let first = r * shape.d;
  let n = f32(shape.d);

  var sums = vec2f(); // x, g
  for (var c = lane; c < shape.d; c += LANES) { sums += vec2f(x[first + c], dy[first + c] * w[c]); }
  let means = total(sums, lane) / n;
  if (shape.variance == 0u) {
    for (var c = lane; c < shape.d; c += LANES) { dx[first + c] = dy[first + c] * w[c] - means.y; }
    if (lane == 0u) { dScale[r] = 0.0; }
    return;
  }

  var moments = vec3f(); // Σ deviation, Σ deviation², Σ g·deviation, of deviations from the first mean
  for (var c = lane; c < shape.d; c += LANES) {
    let deviation = x[first + c] - means.x;
    moments += vec3f(1.0, deviation, dy[first + c] * w[c] - means.y) * deviation;
  }
  let found = total(moments.xy, lane) / n;
  let sigma = sqrt(found.y - found.x * found.x + shape.eps);
  let along = total(vec2f(moments.z, 0.0), lane).x / (n * sigma); // mean(g ⊙ x̂)
  for (var c = lane; c < shape.d; c += LANES) {
    let normal = (x[first + c] - means.x - found.x) / sigma;
    dx[first + c] = (dy[first + c] * w[c] - means.y - normal * along) / sigma;
  }
  if (lane == 0u) { dScale[r] = -along * n / sigma; }
}
