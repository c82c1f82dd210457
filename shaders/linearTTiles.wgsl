// linearT for GPUs: y[r, c] = Σ_k x[r, k] · W[c, k].
//
// x f32 [rows, d]; W a part of [n, d], of which this is the window of columns of y; y f32 [rows, n].
// A workgroup computes ROWS × 64 of y: sixteen k at a time of its rows of x and of W go through workgroup memory, read
// four by four, and every invocation keeps EACH × 4 of y in registers, its columns 16 apart. Beyond an edge it computes
// the last row or column again and does not write it. A line with {r} stands for EACH lines.
// With lib/part, lib/weight and lib/fours or lib/foursAny.

struct Shape {
  part: Part,
  rows: u32,
  n: u32,
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> xs: array<vec4f, 4u * ROWS>; // [row, k/4]
var<workgroup> ws: array<vec4f, 320>; // [column, k/4], five fours apart: lanes then read from different banks

fn store(r: u32, first: u32, values: vec4f) {
  if (r >= shape.rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    let c = first + 16u * j;
    if (c < shape.part.rows) { y[r * shape.n + shape.part.first + c] = values[j]; }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let firstRow = tile.y * ROWS;
  let firstColumn = tile.x * 64u;
  let d = shape.part.width;
  let r = lane / 16u * EACH;
  let c = lane % 16u;
  var y{r} = vec4f();
  for (var k = 0u; k < d; k += 16u) {
    for (var i = lane; i < 4u * ROWS; i += LANES) {
      let at = k + 4u * (i % 4u);
      var four = vec4f();
      if (at < d) { four = inputsAt(min(firstRow + i / 4u, shape.rows - 1u) * d + at, d - at); }
      xs[i] = four;
    }
    for (var i = lane; i < 256u; i += LANES) {
      let at = k + 4u * (i % 4u);
      var four = vec4f();
      if (at < d) { four = weightsAt(min(firstColumn + i / 4u, shape.part.rows - 1u), at); }
      ws[5u * (i / 4u) + i % 4u] = four;
    }
    workgroupBarrier();
    for (var q = 0u; q < 4u; q++) {
      // A column per row of W: four inputs times this matrix is four dot products.
      let at = 5u * c + q;
      let w = mat4x4f(ws[at], ws[at + 80u], ws[at + 160u], ws[at + 240u]);
      y{r} += xs[4u * (r + {r}u) + q] * w;
    }
    workgroupBarrier();
  }
  store(firstRow + r + {r}u, firstColumn + c, y{r});
}
