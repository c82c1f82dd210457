// layer:  scale = √(variance + eps),  y = (x − mean)/scale ⊙ w + b, with the biased variance
// linear: scale = 1,                  y = (x − mean) ⊙ w + b; no variance is looked at
//
// x f32 [rows, d]; w, b f32 [d]; moments f32 [rows, lanes, (mean, M2)] of normMoments; y f32 [rows, d]; scale f32 [rows].
// One invocation per (row, lane): it merges the moments of its row (Chan's formula) and writes every lanes-th element.
// With lib/flat.

struct Shape {
  rows: u32,
  d: u32,
  lanes: u32, // at most d
  variance: u32, // 1: layer, 0: linear
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> scale: array<f32>;
@group(0) @binding(6) var<uniform> shape: Shape;

/// How many elements of a row lane l has.
fn laneCount(l: u32) -> f32 {
  return f32((shape.d - l + shape.lanes - 1u) / shape.lanes);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let r = i / shape.lanes;
  let lane = i % shape.lanes;
  let first = r * shape.lanes;

  // Relative to the first lane's mean, so that equal means add no rounding.
  let reference = moments[first].x;
  var shift = 0.0;
  for (var l = 1u; l < shape.lanes; l++) { shift += laneCount(l) * (moments[first + l].x - reference); }
  let mean = reference + shift / f32(shape.d);

  var sigma = 1.0;
  if (shape.variance > 0u) {
    var squares = 0.0;
    for (var l = 0u; l < shape.lanes; l++) {
      let deviation = moments[first + l].x - mean;
      squares += moments[first + l].y + laneCount(l) * deviation * deviation;
    }
    sigma = sqrt(squares / f32(shape.d) + shape.eps);
  }

  if (lane == 0u) { scale[r] = sigma; }
  for (var c = lane; c < shape.d; c += shape.lanes) {
    y[r * shape.d + c] = (x[r * shape.d + c] - mean) / sigma * w[c] + b[c];
  }
}
