// norm for GPUs: a workgroup per row (formulas and the correction of the mean: norm.wgsl).
//
// Every lane takes each LANES-th entry of the row; what the lanes found is added up in a tree in workgroup memory.
// Rows beyond 65,535 are in a second line of the grid. With lib/normShape and lib/total or lib/totalAcross.

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = id.y * workgroups.x + id.x;
  if (r >= shape.rows) { return; }
  let first = r * shape.d;

  var sum = 0.0;
  for (var c = lane; c < shape.d; c += LANES) { sum += x[first + c]; }
  let guess = total(vec2f(sum, 0.0), lane).x / f32(shape.d);

  var sums = vec2f();
  for (var c = lane; c < shape.d; c += LANES) {
    let deviation = x[first + c] - guess;
    sums += vec2f(deviation, deviation * deviation);
  }
  let found = total(sums, lane) / f32(shape.d);
  let mean = guess + found.x;
  var sigma = 1.0;
  if (shape.variance > 0u) { sigma = sqrt(found.y - found.x * found.x + shape.eps); }
  if (lane == 0u) { scale[r] = sigma; }
  for (var c = lane; c < shape.d; c += LANES) { y[first + c] = (x[first + c] - mean) / sigma * w[c] + b[c]; }
}
