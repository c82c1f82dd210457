// linear for one to four rows on GPUs: y[r, g, c] = onto + Σ_k x[r, k] · W[k, start + c], parts, groups and epilogue as
// in linear.
//
// x f32 [rows, groups·depth]; W a part of [groups·depth, width].
// The time goes into reading W, so all of its reads are in flight at once: a workgroup has 32 columns, its lanes take
// four of them each and one of LANES/8 shares of the depth, and the shares are added up in workgroup memory. Rows beyond
// ROWS are other workgroups'. A line with {r} stands for ROWS lines.
// With lib/alone or lib/subgroups, lib/part, lib/weight, lib/fours or lib/foursAny, lib/asIs or lib/normed, lib/gelu and
// lib/epilogue.

var<workgroup> shares: array<vec4f, LANES * ROWS>; // [row, share, column/4]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) lane: u32) {
  let firstRow = tile.y * ROWS;
  let firstColumn = 32u * tile.x;
  let last = shape.rows - 1u;
  let group = tile.z;
  let begin = max(group * shape.depth, shape.part.first);
  let end = min((group + 1u) * shape.depth, shape.part.first + shape.part.rows);
  prepare(firstRow, lane);

  let column = shape.start + firstColumn + 4u * (lane % 8u);
  var y{r} = vec4f();
  for (var k = begin + 4u * (lane / 8u); k < end; k += LANES / 2u) {
    let row = k - shape.part.first;
    let w = mat4x4f(
      weightsAt(row, column), weightsAt(row + 1u, column), weightsAt(row + 2u, column), weightsAt(row + 3u, column),
    );
    y{r} += w * inputs(min(firstRow + {r}u, last), {r}u, k, end);
  }
  let width = neighbours(LANES);
  shares[{r}u * LANES + lane] = across(y{r}, 8u, width);
  workgroupBarrier();

  if (lane >= 8u * ROWS) { return; }
  var sum = vec4f();
  for (var i = lane % 8u; i < LANES; i += max(8u, width)) { sum += shares[lane / 8u * LANES + i]; }
  let r = firstRow + lane / 8u;
  let c = firstColumn + 4u * (lane % 8u);
  if (r >= shape.rows) { return; }
  for (var j = 0u; j < min(4u, shape.count - min(c, shape.count)); j++) {
    finish(r, group, c + j, onto(r, group, c + j) + sum[j]);
  }
}
