// What a product x·W adds a sum to and does with it before it is written, and the struct of its uniform block `shape`.
//
// 0 plain:  y[r, g, c] = sum
// 1 gelu:   y = gelu(sum); where `both`, second = sum
// 2 add:    y = residual + sum; where `both`, second = sum
// 3 thirds: y, second and third get a third of the columns each; the rows of second and third begin at `past`
//
// b f32 [width] (any buffer unless onto is 1); residual f32 like y (any buffer but for `add`); y, second, third f32, of
// which what an epilogue does not write may be any other buffer. Sums of the parts of W that are not the last one wait
// in y (thirds: where they belong). With lib/part and lib/gelu.

const GELU = 1u;
const ADD = 2u;
const THIRDS = 3u;

struct Shape {
  part: Part,
  rows: u32,
  groups: u32,
  depth: u32,
  start: u32,
  count: u32,
  onto: u32, // 0: nothing, 1: b, 2: what waits in y
  epilogue: u32,
  both: u32,
  past: u32,
  // For kernels that share a sum between workgroups, or norm what they load.
  slices: u32,
  variance: u32, // 1: layer, 0: linear
  eps: f32,
}

@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> second: array<f32>;
@group(0) @binding(6) var<storage, read_write> third: array<f32>;

/// Where the result for column c of row r lies: in y, second or third (0, 1, 2), at which element.
struct Place {
  tensor: u32,
  at: u32,
}

fn placeOf(r: u32, group: u32, c: u32) -> Place {
  if (shape.epilogue != THIRDS) { return Place(0u, (r * shape.groups + group) * shape.count + c); }
  let d = shape.count / 3u;
  let row = select(shape.past + r, r, c < d);
  return Place(c / d, row * d + c % d);
}

/// What the sum for column c of row r is added to.
fn onto(r: u32, group: u32, c: u32) -> f32 {
  if (shape.onto == 0u) { return 0.0; }
  if (shape.onto == 1u) { return b[shape.start + c]; }
  let place = placeOf(r, group, c);
  if (place.tensor == 0u) { return y[place.at]; }
  if (place.tensor == 1u) { return second[place.at]; }
  return third[place.at];
}

/// Takes the sum for column c of row r. Each tensor is named once: every access more is compiled once more.
fn finish(r: u32, group: u32, c: u32, sum: f32) {
  let place = placeOf(r, group, c);
  var result = sum;
  if (shape.epilogue == GELU) { result = gelu(sum); }
  if (shape.epilogue == ADD) { result = residual[place.at] + sum; }
  if (place.tensor == 0u) { y[place.at] = result; }
  if (place.tensor == 1u || shape.both > 0u) { second[place.at] = sum; }
  if (place.tensor == 2u) { third[place.at] = sum; }
}
