// The inputs of a product normed as they are loaded, so that no norm is stored (formulas: norm.wgsl). One group only.
//
// gain f32 [depth] lies in `residual`, which such a product never adds; shift f32 [depth].
// Every workgroup finds mean and σ of its ROWS rows itself, 8 lanes to a row; the second pass corrects the rounding of
// the first mean, so that a constant row deviates by exactly 0. With lib/epilogue and lib/fours.

@group(0) @binding(7) var<storage, read> shift: array<f32>;
@group(0) @binding(8) var<uniform> shape: Shape;

/// Mean and σ of every row.
var<workgroup> moments: array<vec2f, ROWS>;
var<workgroup> sums: array<vec2f, 8u * ROWS>;

/// Deviations from the mean of inputs k … k + 3, 0 where there are none.
fn deviations(row: u32, k: u32, mean: f32) -> vec4f {
  let some = shape.depth - k;
  return select(vec4f(), inputsAt(row * shape.depth + k, some) - mean, vec4u(0u, 1u, 2u, 3u) < vec4u(some));
}

/// What the 8 lanes of a row found.
fn gathered(r: u32) -> vec2f {
  var total = vec2f();
  for (var i = 8u * r; i < 8u * r + 8u; i++) { total += sums[i]; }
  return total;
}

/// Finds the moments of rows first … first + ROWS − 1.
fn prepare(first: u32, lane: u32) {
  let last = shape.rows - 1u;
  for (var i = lane; i < 8u * ROWS; i += LANES) {
    let row = min(first + i / 8u, last);
    var sum = vec4f();
    for (var k = 4u * (i % 8u); k < shape.depth; k += 32u) { sum += deviations(row, k, 0.0); }
    sums[i] = vec2f(dot(sum, vec4f(1.0)), 0.0);
  }
  workgroupBarrier();
  for (var r = lane; r < ROWS; r += LANES) { moments[r] = gathered(r) / f32(shape.depth); }
  workgroupBarrier();
  for (var i = lane; i < 8u * ROWS; i += LANES) {
    let row = min(first + i / 8u, last);
    var rest = vec4f();
    var squares = vec4f();
    for (var k = 4u * (i % 8u); k < shape.depth; k += 32u) {
      let deviation = deviations(row, k, moments[i / 8u].x);
      rest += deviation;
      squares += deviation * deviation;
    }
    sums[i] = vec2f(dot(rest, vec4f(1.0)), dot(squares, vec4f(1.0)));
  }
  workgroupBarrier();
  for (var r = lane; r < ROWS; r += LANES) {
    let found = gathered(r) / f32(shape.depth);
    let variance = found.y - found.x * found.x;
    let sigma = select(1.0, sqrt(variance + shape.eps), shape.variance > 0u);
    moments[r] = vec2f(moments[r].x + found.x, sigma);
  }
  workgroupBarrier();
}

/// Inputs k … k + 3 of a row, up to `end`, normed; the row is number `r` of this workgroup.
fn inputs(row: u32, r: u32, k: u32, end: u32) -> vec4f {
  let normal = deviations(row, k, moments[r].x) / moments[r].y;
  let gain = vec4f(residual[k], residual[k + 1u], residual[k + 2u], residual[k + 3u]);
  let four = normal * gain + vec4f(shift[k], shift[k + 1u], shift[k + 2u], shift[k + 3u]);
  return select(vec4f(), four, vec4u(k, k + 1u, k + 2u, k + 3u) < vec4u(end));
}
