// out = factor·x + y inside a box, x outside; with `causal`, keys after their query are outside too.
//
// x f32 [batch or 1, a, b, c], y f32 with any axis 1 (any buffer where there is none), boxes u32 [count, 6] with
// half-open ranges over a, b and c, out f32 [batch, a, b, c]. All floats are read and written as bits: what is only copied
// keeps its NaN and infinities whatever the device assumes about them, and a factor of 0 drops x, whatever it holds.
// One invocation per RUN neighbours along c, so that the place of only one of them is worked out by division.
// With lib/flat.

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

/// factor·x + term.
fn blended(x: u32, term: u32) -> u32 {
  return select(bitcast<u32>(shape.factor * bitcast<f32>(x) + bitcast<f32>(term)), term, shape.factor == 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let runs = (shape.c + RUN - 1u) / RUN; // of a row
  if (i >= shape.batch * shape.a * shape.b * runs) { return; }
  let row = i / runs;
  let b = row % shape.b;
  let a = row / shape.b % shape.a;
  let entry = row / shape.b / shape.a;

  let source = ((entry % shape.xBatch * shape.a + a) * shape.b + b) * shape.c;
  let term = entry * shape.yBatch + a * shape.yA + b * shape.yB;
  let box = entry % shape.boxes;
  // Columns begin … end − 1 of the row are inside.
  let reached = within(box, 0u, a) && within(box, 1u, b);
  let begin = boxes[6u * box + 4u];
  var end = select(0u, boxes[6u * box + 5u], reached);
  if (shape.causal > 0u) { end = min(end, b + 1u); }

  let first = i % runs * RUN;
  for (var c = first; c < min(first + RUN, shape.c); c++) {
    var value = x[source + c];
    if (begin <= c && c < end) {
      var added = 0u;
      if (shape.added > 0u) { added = y[term + c * shape.yC]; }
      value = blended(value, added);
    }
    out[row * shape.c + c] = value;
  }
}
