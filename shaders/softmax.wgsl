// y[r, i] = e^(x[r, i] − max) / Σ_j e^(x[r, j] − max); an entry of −Infinity gives exactly 0.
// A row with NaN or +Infinity, or of nothing but −Infinity, gives NaN.
//
// x, y f32 [rows, n]; x is read as bits, so that −Infinity is seen whatever the device assumes about it.
// One invocation per row (attention has batch·heads·pos of them); the sum is taken in blocks, so that a long row
// does not gather the rounding of all its additions. With lib/flat and lib/nan.

const LOWEST = -0x1.fffffep+127f;
const MINUS_INFINITY = 0xff800000u;
const INFINITY = 0x7f800000u;
const BLOCK = 256u;

struct Shape {
  rows: u32,
  n: u32,
  nan: u32, // its bits: WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.n;
  let end = first + shape.n;

  var highest = LOWEST;
  var spoiled = false;
  for (var i = first; i < end; i++) {
    if (x[i] == MINUS_INFINITY) { continue; }
    let value = bitcast<f32>(x[i]);
    highest = max(highest, value);
    spoiled = spoiled || isNaN(value) || x[i] == INFINITY;
  }
  if (spoiled || highest == LOWEST) {
    for (var i = first; i < end; i++) { y[i] = bitcast<f32>(shape.nan); }
    return;
  }
  var total = 0.0;
  for (var block = first; block < end; block += BLOCK) {
    var sum = 0.0;
    for (var i = block; i < min(block + BLOCK, end); i++) {
      var e = 0.0;
      if (x[i] != MINUS_INFINITY) { e = exp(bitcast<f32>(x[i]) - highest); }
      y[i] = e;
      sum += e;
    }
    total += sum;
  }
  for (var i = first; i < end; i++) { y[i] = y[i] / total; }
}
