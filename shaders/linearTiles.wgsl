// linear for GPUs: y[r, g, c] = onto + Σ_k x[r, k] · W[k, start + c], parts, groups and epilogue as in linear.
//
// x f32 [rows, groups·depth]; W a part of [groups·depth, width].
// A workgroup computes ROWS × 64 of y: sixteen inputs at a time of its rows and the weights of its columns go through
// workgroup memory, read four by four, and every invocation keeps EACH × 4 of y in registers. Where `slices` > 1, a
// workgroup sums one of so many shares of k and leaves it in y [slices, rows, count] for linearMerge. Beyond an edge it
// computes the last row again, or columns of no meaning, and writes neither. A line with {r} stands for EACH lines.
// With lib/part, lib/weight, lib/fours or lib/foursAny, lib/asIs or lib/normed, lib/gelu and lib/epilogue.

var<workgroup> xs: array<vec4f, 4u * ROWS>; // [row, k/4]
var<workgroup> ws: array<vec4f, 256>; // [k, column/4]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let firstRow = tile.y * ROWS;
  let firstColumn = tile.x * 64u;
  let last = shape.rows - 1u;
  let group = tile.z / shape.slices;
  let slice = tile.z % shape.slices;
  let bottom = max(group * shape.depth, shape.part.first);
  let top = min((group + 1u) * shape.depth, shape.part.first + shape.part.rows);
  let share = (max(bottom, top) - bottom + 16u * shape.slices - 1u) / (16u * shape.slices) * 16u;
  let begin = bottom + slice * share;
  let end = min(top, begin + share);
  prepare(firstRow, lane);

  let r = lane / 16u * EACH;
  let c = lane % 16u;
  var y{r} = vec4f();
  for (var k = begin; k < end; k += 16u) {
    for (var i = lane; i < 4u * ROWS; i += LANES) {
      let at = k + 4u * (i % 4u);
      var four = vec4f();
      if (at < end) { four = inputs(min(firstRow + i / 4u, last), i / 4u, at, end); }
      xs[i] = four;
    }
    for (var i = lane; i < 256u; i += LANES) {
      let at = k + i / 16u;
      var four = vec4f();
      if (at < end) { four = weightsAt(at - shape.part.first, shape.start + firstColumn + 4u * (i % 16u)); }
      ws[i] = four;
    }
    workgroupBarrier();
    for (var q = 0u; q < 4u; q++) {
      // A column per row of W: this matrix times four inputs is what they add.
      let at = 64u * q + c;
      let w = mat4x4f(ws[at], ws[at + 16u], ws[at + 32u], ws[at + 48u]);
      y{r} += w * xs[4u * (r + {r}u) + q];
    }
    workgroupBarrier();
  }

  // Registers cannot be counted through; this is memory, so that what follows is compiled once and not EACH times.
  var found: array<vec4f, EACH>;
  found[{r}] = y{r};
  for (var i = 0u; i < 4u * EACH; i++) {
    let row = firstRow + r + i / 4u;
    let column = firstColumn + 4u * c + i % 4u;
    if (row >= shape.rows || column >= shape.count) { continue; }
    let sum = found[i / 4u][i % 4u];
    if (shape.slices > 1u) {
      y[(slice * shape.rows + row) * shape.count + column] = sum;
    } else {
      finish(row, group, column, onto(row, group, column) + sum);
    }
  }
}
