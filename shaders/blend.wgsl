// out = factor·x + y inside a box, x outside; with `causal`, keys after their query are outside too.
//
// x f32 [batch or 1, a, b, c], y f32 with any axis 1 (any buffer where there is none), boxes u32 [count, 6] with
// half-open ranges over a, b and c, out f32 [batch, a, b, c]. All floats are read and written as bits: what is only copied
// keeps its NaN and infinities whatever the device assumes about them, and a factor of 0 drops x, whatever it holds.
// One invocation per element of out. With lib/flat.

struct Shape {
  batch: u32,
  a: u32,
  b: u32,
  c: u32,
  xBatch: u32, // entries of x
  boxes: u32,  // how many, one for all entries or one each
  causal: u32,
  factor: f32,
  // What a step along each axis is in y: 0 where y has one for all. `added` is 0 where there is no y.
  added: u32,
  yBatch: u32,
  yA: u32,
  yB: u32,
  yC: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> y: array<u32>;
@group(0) @binding(2) var<storage, read> boxes: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
@group(0) @binding(4) var<uniform> shape: Shape;

/// Whether `at` lies in range number `axis` of a box.
fn within(box: u32, axis: u32, at: u32) -> bool {
  let range = 6u * box + 2u * axis;
  return boxes[range] <= at && at < boxes[range + 1u];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let size = shape.a * shape.b * shape.c; // of an entry
  if (i >= shape.batch * size) { return; }
  let c = i % shape.c;
  let b = i / shape.c % shape.b;
  let a = i / (shape.c * shape.b) % shape.a;
  let entry = i / size;

  let own = x[entry % shape.xBatch * size + i % size];
  let box = entry % shape.boxes;
  let left = shape.causal > 0u && c > b;
  if (left || !(within(box, 0u, a) && within(box, 1u, b) && within(box, 2u, c))) {
    out[i] = own;
    return;
  }
  var term = 0u;
  if (shape.added > 0u) { term = y[entry * shape.yBatch + a * shape.yA + b * shape.yB + c * shape.yC]; }
  if (shape.factor == 0.0) {
    out[i] = term;
    return;
  }
  out[i] = bitcast<u32>(shape.factor * bitcast<f32>(own) + bitcast<f32>(term));
}
