// Second half of ln Σ e^x over a row: merges the lanes' (max, Σ e^(x − max)).
// NaN or +Infinity anywhere in the row gives NaN; a row of nothing but −Infinity gives −Infinity.
//
// shares f32 [rows, lanes, (max, sum)]; y f32 [rows], as bits. One invocation per row. With lib/flat and lib/nan.

const MINUS_INFINITY = 0xff800000u;

struct Shape {
  rows: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> shares: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.lanes;
  var highest = shares[first].x;
  for (var l = 1u; l < shape.lanes; l++) { highest = max(highest, shares[first + l].x); }
  var sum = 0.0;
  for (var l = 0u; l < shape.lanes; l++) {
    let lane = shares[first + l];
    if (isNaN(lane.y)) {
      y[r] = bitcast<u32>(lane.y);
      return;
    }
    sum += lane.y * exp(lane.x - highest);
  }
  if (sum == 0.0) {
    y[r] = MINUS_INFINITY;
    return;
  }
  y[r] = bitcast<u32>(highest + log(sum));
}
