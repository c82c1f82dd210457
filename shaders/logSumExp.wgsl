// First half of ln Σ e^x over a row: the maximum and Σ e^(x − max) of every lane's share.
//
// x f32 [rows, n]; shares f32 [rows, lanes, (max, sum)]; the sum is NaN where x has NaN or +Infinity.
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … With lib/flat and lib/nan.

const LOWEST = -0x1.fffffep+127f;
const MINUS_INFINITY = 0xff800000u;
const INFINITY = 0x7f800000u;

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  nan: u32, // its bits: WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> shares: array<vec2f>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let first = i / shape.lanes * shape.n;
  let lane = i % shape.lanes;

  var highest = LOWEST;
  var spoiled = false;
  for (var c = lane; c < shape.n; c += shape.lanes) {
    let bits = x[first + c];
    if (bits == MINUS_INFINITY) { continue; }
    highest = max(highest, bitcast<f32>(bits));
    spoiled = spoiled || isNaN(bitcast<f32>(bits)) || bits == INFINITY;
  }
  var sum = 0.0;
  for (var c = lane; c < shape.n; c += shape.lanes) {
    let bits = x[first + c];
    if (bits != MINUS_INFINITY) { sum += exp(bitcast<f32>(bits) - highest); }
  }
  if (spoiled) { sum = bitcast<f32>(shape.nan); }
  shares[i] = vec2f(highest, sum);
}
