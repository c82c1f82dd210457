// y[r, g, c] = onto + Σ_k x[r, k] · W[k, start + c], k over the inputs of group g that are rows of this part of W
// One group is x·W + b on a window of columns; groups = heads, without b, is what every head writes. Where W lies in
// several parts, the first goes onto b or nothing and writes y, the others go onto y. What the last part does with the
// sum before it is written is `epilogue`, as in lib/epilogue.
//
// x f32 [rows, groups·depth]; W a part of [groups·depth, width].
// Every invocation keeps a TILE × 8 tile of y in registers and uses no barrier. Its columns lie LANES apart, so that
// neighbouring lanes read neighbouring weights; its rows are those of the whole workgroup. Beyond an edge it computes
// the last row or column again and does not write it. A line with {r} stands for TILE lines, one per row of the tile.
// With lib/part, lib/weight, lib/gelu and lib/epilogue.

override LANES: u32 = 16;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(7) var<uniform> shape: Shape;

/// Four of this invocation's columns of y from `first` on.
fn columns(first: u32) -> vec4u {
  return min(first + vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(shape.count - 1u));
}

fn weights(row: Row, c: vec4u) -> vec4f {
  return vec4f(weight(row, c.x), weight(row, c.y), weight(row, c.z), weight(row, c.w));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * TILE;
  let c = tile.x * 8u * LANES + lane.x;
  let left = columns(c);
  let right = columns(c + 4u * LANES);
  let last = shape.rows - 1u;
  let stride = shape.groups * shape.depth;
  let begin = max(tile.z * shape.depth, shape.part.first);
  let end = min((tile.z + 1u) * shape.depth, shape.part.first + shape.part.rows);
  let x{r} = min(r + {r}u, last) * stride;
  var l{r} = vec4f(); var r{r} = vec4f();

  for (var k = begin; k < end; k++) {
    let row = rowOf(k - shape.part.first);
    let wl = weights(row, shape.start + left);
    let wr = weights(row, shape.start + right);
    l{r} += x[x{r} + k] * wl; r{r} += x[x{r} + k] * wr;
  }

  // Registers cannot be counted through; this is memory, so that what follows is compiled once and not TILE times.
  var sums: array<vec4f, 2u * TILE>;
  sums[2u * {r}u] = l{r}; sums[2u * {r}u + 1u] = r{r};
  for (var i = 0u; i < 8u * TILE; i++) {
    let row = r + i / 8u;
    let column = c + i % 8u * LANES;
    if (row >= shape.rows || column >= shape.count) { continue; }
    finish(row, tile.z, column, onto(row, tile.z, column) + sums[i / 4u][i % 4u]);
  }
}
