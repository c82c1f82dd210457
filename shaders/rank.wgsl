// First half of a rank: how many entries of every lane's share stand before entry ids[r] of row r, which is those
// that are greater, and the equal ones of a lower id (order of lib/order: NaN last).
//
// x f32 [rows, n], as bits; ids u32 [rows]; shares f32 [rows, lanes] (counts below 2²⁴ are exact).
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … With lib/flat and lib/order.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> shares: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let r = i / shape.lanes;
  let own = ids[r];
  let ownKey = orderKey(x[r * shape.n + own]);
  var count = 0u;
  for (var c = i % shape.lanes; c < shape.n; c += shape.lanes) {
    let key = orderKey(x[r * shape.n + c]);
    if (key > ownKey || (key == ownKey && c < own)) { count++; }
  }
  shares[i] = f32(count);
}
