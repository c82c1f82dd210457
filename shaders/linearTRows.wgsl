// linearT for one to four rows on GPUs: y[r, c] = Σ_k x[r, k] · W[c, k].
//
// x f32 [rows, d]; W a part of [n, d], of which this is the window of columns of y; y f32 [rows, n].
// A workgroup has 16 columns, so 16 rows of W; 16 lanes share each of them, reading neighbouring fours, and what they
// found is added up in workgroup memory. Rows beyond ROWS are other workgroups'. A line with {r} stands for ROWS lines.
// With lib/alone or lib/subgroups, lib/part, lib/weight and lib/fours or lib/foursAny.

struct Shape {
  part: Part,
  rows: u32,
  n: u32,
}

@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// [row, column, lane], 17 apart: lanes then read from different banks.
var<workgroup> shares: array<f32, 272u * ROWS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = tile.y * ROWS;
  let firstColumn = 16u * (tile.z * workgroups.x + tile.x);
  let d = shape.part.width;
  let last = shape.rows - 1u;
  let column = min(firstColumn + lane / 16u, shape.part.rows - 1u);
  var y{r} = 0.0;
  for (var k = 4u * (lane % 16u); k < d; k += 64u) {
    let w = weightsAt(column, k);
    y{r} += dot(w, inputsAt(min(firstRow + {r}u, last) * d + k, d - k));
  }
  let width = neighbours(16u);
  shares[272u * {r}u + 17u * (lane / 16u) + lane % 16u] = across(vec4f(y{r}), 1u, width).x;
  workgroupBarrier();

  if (lane >= 16u * ROWS) { return; }
  var sum = 0.0;
  for (var i = 0u; i < 16u; i += width) { sum += shares[272u * (lane / 16u) + 17u * (lane % 16u) + i]; }
  let r = firstRow + lane / 16u;
  let c = firstColumn + lane % 16u;
  if (r < shape.rows && c < shape.part.rows) { y[r * shape.n + shape.part.first + c] = sum; }
}
