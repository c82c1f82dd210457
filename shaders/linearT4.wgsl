// y[r, c] = Σ_k x[r, k] · W[c, k], four k at a time: linearT where d is a multiple of 4, as it is in every real GPT-2.
//
// x f32 [rows, d]; W a part of [n, d], of which this is the window of columns of y; y f32 [rows, n].
// Every invocation keeps a TILE × 8 tile of y in registers and uses no barrier; its columns lie LANES apart, its rows
// are those of the whole workgroup. Beyond an edge it computes the last row or column again and does not write it.
// A line with {r} stands for TILE lines, one per row of the tile.
// With lib/part and lib/weight4.

override LANES: u32 = 16;

struct Shape {
  part: Part,
  rows: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Four of this invocation's rows of W from `first` on.
fn rowsFrom(first: u32) -> vec4u {
  return min(first + vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(shape.part.rows - 1u));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * TILE;
  let c = tile.x * 8u * LANES + lane.x;
  let left = rowsFrom(c);
  let right = rowsFrom(c + 4u * LANES);
  let last = shape.rows - 1u;
  let depth = shape.part.width / 4u;
  let x{r} = min(r + {r}u, last) * depth;
  var l{r} = vec4f(); var r{r} = vec4f();

  for (var k = 0u; k < depth; k++) {
    // A column per row of W: x · this matrix is four dot products.
    let wl = mat4x4f(weight4(left.x, k), weight4(left.y, k), weight4(left.z, k), weight4(left.w, k));
    let wr = mat4x4f(weight4(right.x, k), weight4(right.y, k), weight4(right.z, k), weight4(right.w, k));
    { let four = x[x{r} + k]; l{r} += four * wl; r{r} += four * wr; }
  }

  // Registers cannot be counted through; this is memory, so that what follows is compiled once and not TILE times.
  var sums: array<vec4f, 2u * TILE>;
  sums[2u * {r}u] = l{r}; sums[2u * {r}u + 1u] = r{r};
  for (var i = 0u; i < 8u * TILE; i++) {
    let row = r + i / 8u;
    let column = c + i % 8u * LANES;
    if (row >= shape.rows || column >= shape.part.rows) { continue; }
    y[row * shape.n + shape.part.first + column] = sums[i / 4u][i % 4u];
  }
}
