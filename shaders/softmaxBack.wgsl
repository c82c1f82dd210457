// dx[r, i] = y[r, i]·(dy[r, i] − Σ_j dy[r, j]·y[r, j]); exactly 0 where y is 0, whatever dy holds.
//
// dy, y, dx f32 [rows, n]. One invocation per row (attention has batch·heads·pos of them); sums are taken in blocks, so
// that they do not gather the rounding of all their additions. With lib/flat.

const BLOCK = 64u;

struct Shape {
  rows: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.n;
  let end = first + shape.n;
  var total = 0.0;
  for (var block = first; block < end; block += BLOCK) {
    var sum = 0.0;
    for (var i = block; i < min(block + BLOCK, end); i++) {
      if (y[i] != 0.0) { sum += dy[i] * y[i]; }
    }
    total += sum;
  }
  for (var i = first; i < end; i++) {
    var slope = 0.0;
    if (y[i] != 0.0) { slope = y[i] * (dy[i] - total); }
    dx[i] = slope;
  }
}
