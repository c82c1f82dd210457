// y[b, h, i, j] = x[b, h, i, j] / Σ_{k ≤ i} x[b, h, i, k] for j ≤ i, in the rows that a box reaches whatever its range of
// keys; 0 where the sum is below 1e-30. Everything else is copied.
//
// x f32 [batch or 1, heads, pos, pos], boxes u32 [count, 6] as in blend.wgsl, y f32 [batch, heads, pos, pos]. x and y as
// bits, so that what is only copied stays as it is.
// One invocation per row; sums are taken in blocks, so that they do not gather the rounding of all their additions.
// With lib/flat.

const BLOCK = 64u;

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  xBatch: u32, // entries of x
  boxes: u32,  // how many, one for all entries or one each
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> boxes: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Whether a box reaches the row of this head and query.
fn reached(box: u32, head: u32, query: u32) -> bool {
  let first = 6u * box;
  return boxes[first] <= head && head < boxes[first + 1u] && boxes[first + 2u] <= query && query < boxes[first + 3u];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let row = flatIndex(id, workgroups);
  let rows = shape.heads * shape.pos; // of an entry
  if (row >= shape.batch * rows) { return; }
  let query = row % shape.pos;
  let entry = row / rows;
  let first = row * shape.pos;
  let source = (entry % shape.xBatch * rows + row % rows) * shape.pos;

  var seen = 0u; // keys to divide
  if (reached(entry % shape.boxes, row / shape.pos % shape.heads, query)) { seen = query + 1u; }
  var total = 0.0;
  for (var block = 0u; block < seen; block += BLOCK) {
    var sum = 0.0;
    for (var key = block; key < min(block + BLOCK, seen); key++) { sum += bitcast<f32>(x[source + key]); }
    total += sum;
  }
  let nothingLeft = abs(total) < 1e-30;
  for (var key = 0u; key < seen; key++) {
    y[first + key] = select(bitcast<u32>(bitcast<f32>(x[source + key]) / total), 0u, nothingLeft);
  }
  for (var key = seen; key < shape.pos; key++) { y[first + key] = x[source + key]; }
}
