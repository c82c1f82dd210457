// Second half of top-k: merges the lanes' sorted lists into the k largest of the row, ties by the lower id.
//
// x f32 [rows, n], as bits; keys, ids u32 [rows, lanes, k] of topK; values f32 [rows, k], as bits (holds the keys
// while it works); best u32 [rows, k].
// One invocation per row; a list is left at its first element that comes too late. With lib/flat.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> values: array<u32>;
@group(0) @binding(4) var<storage, read_write> best: array<u32>;
@group(0) @binding(5) var<uniform> shape: Shape;

/// Whether (key, id) comes before what stands at `slot` of the result.
fn before(key: u32, id: u32, slot: u32) -> bool {
  return key > values[slot] || (key == values[slot] && id < best[slot]);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let r = flatIndex(id, workgroups);
  if (r >= shape.rows) { return; }
  let first = r * shape.k;
  var count = 0u;
  for (var l = 0u; l < shape.lanes; l++) {
    let list = (r * shape.lanes + l) * shape.k;
    let length = min(shape.k, (shape.n - l + shape.lanes - 1u) / shape.lanes);
    for (var j = 0u; j < length; j++) {
      let key = keys[list + j];
      let own = ids[list + j];
      if (count == shape.k && !before(key, own, first + count - 1u)) { break; }
      var slot = min(count, shape.k - 1u);
      while (slot > 0u && before(key, own, first + slot - 1u)) {
        values[first + slot] = values[first + slot - 1u];
        best[first + slot] = best[first + slot - 1u];
        slot--;
      }
      values[first + slot] = key;
      best[first + slot] = own;
      count = min(count + 1u, shape.k);
    }
  }
  for (var j = 0u; j < shape.k; j++) { values[first + j] = x[r * shape.n + best[first + j]]; }
}
