// linear where depth, width and the window's start are multiples of 4, as in every real GPT-2:
// y[r, g, c] = onto + Σ_k x[r, k] · W[k, start + c], parts, groups and epilogue as in linear.
//
// x f32 [rows, groups·depth]; W a part of [groups·depth, width].
// Every invocation reads four neighbouring columns at once, twice, of four rows of W in turn, and keeps a TILE × 8 tile
// of y in registers without a barrier. Beyond an edge it computes the last row or the last four columns again and does
// not write them. A line with {r} stands for TILE lines, one per row.
// With lib/part, lib/weight4, lib/gelu and lib/epilogue.

override LANES: u32 = 16;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(7) var<uniform> shape: Shape;

/// Four columns of four rows of W from k on, one matrix column per column of W: four inputs times it are four dot products.
fn weights(k: u32, column4: u32) -> mat4x4f {
  return transpose(mat4x4f(
    weight4(k, column4), weight4(k + 1u, column4), weight4(k + 2u, column4), weight4(k + 3u, column4),
  ));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * TILE;
  let c = tile.x * 2u * LANES + lane.x; // counted in fours
  let last4 = (shape.start + shape.count - 1u) / 4u;
  let left = min(shape.start / 4u + c, last4);
  let right = min(shape.start / 4u + c + LANES, last4);
  let last = shape.rows - 1u;
  let stride = shape.groups * shape.depth / 4u;
  let begin = max(tile.z * shape.depth, shape.part.first) / 4u;
  let end = min((tile.z + 1u) * shape.depth, shape.part.first + shape.part.rows) / 4u;
  let x{r} = min(r + {r}u, last) * stride;
  var l{r} = vec4f(); var r{r} = vec4f();

  for (var k4 = begin; k4 < end; k4++) {
    let k = 4u * k4 - shape.part.first;
    let wl = weights(k, left);
    let wr = weights(k, right);
    { let four = x[x{r} + k4]; l{r} += four * wl; r{r} += four * wr; }
  }

  // Registers cannot be counted through; this is memory, so that what follows is compiled once and not TILE times.
  var sums: array<vec4f, 2u * TILE>;
  sums[2u * {r}u] = l{r}; sums[2u * {r}u + 1u] = r{r};
  for (var i = 0u; i < 8u * TILE; i++) {
    let row = r + i / 8u;
    let column = 4u * (c + i / 4u % 2u * LANES) + i % 4u;
    if (row >= shape.rows || column >= shape.count) { continue; }
    finish(row, tile.z, column, onto(row, tile.z, column) + sums[i / 4u][i % 4u]);
  }
}
