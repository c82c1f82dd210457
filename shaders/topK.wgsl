// First half of top-k: the k largest of every lane's share, in order (lib/order: NaN last), ties by the lower id.
//
// x f32 [rows, n], as bits; keys, ids u32 [rows, lanes, k]: sorted lists, of which a lane with fewer than k elements
// fills only the beginning.
// One invocation per (row, lane); lane l takes elements l, l + lanes, l + 2·lanes … in order, so that among equals the
// lower id is met first and kept. Insertion into a list in storage: few elements get that far once it is full.
// With lib/flat and lib/order.

struct Shape {
  rows: u32,
  n: u32,
  lanes: u32,
  k: u32,
  mask: u32, // of a float's bits: all, or all but the sign where magnitudes are ordered
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> ids: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= shape.rows * shape.lanes) { return; }
  let row = i / shape.lanes * shape.n;
  let list = i * shape.k;
  var count = 0u;
  for (var c = i % shape.lanes; c < shape.n; c += shape.lanes) {
    let key = orderKey(x[row + c] & shape.mask);
    if (count == shape.k && key <= keys[list + count - 1u]) { continue; }
    var slot = min(count, shape.k - 1u);
    while (slot > 0u && keys[list + slot - 1u] < key) {
      keys[list + slot] = keys[list + slot - 1u];
      ids[list + slot] = ids[list + slot - 1u];
      slot--;
    }
    keys[list + slot] = key;
    ids[list + slot] = c;
    count = min(count + 1u, shape.k);
  }
}
