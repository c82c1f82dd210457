// y[r, c] = Σ_k x[r, k] · W[c, k], for any d.
//
// x f32 [rows, d]; W a part of [n, d], of which this is the window of columns of y; y f32 [rows, n].
// Every invocation keeps a 4 × 4 tile of y in registers and uses no barrier; its columns lie LANES apart, its rows
// are those of the whole workgroup. Beyond an edge it computes the last row or column again and does not write it.
// With lib/part and lib/weight.

override LANES: u32 = 16;

struct Shape {
  part: Part,
  rows: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn store(r: u32, first: u32, values: vec4f) {
  if (r >= shape.rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    let c = first + j * LANES;
    if (c < shape.part.rows) { y[r * shape.n + shape.part.first + c] = values[j]; }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * 4u;
  let c = tile.x * 4u * LANES + lane.x;
  let own = min(c + vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(shape.part.rows - 1u)); // rows of W
  let w0 = rowOf(own.x);
  let w1 = rowOf(own.y);
  let w2 = rowOf(own.z);
  let w3 = rowOf(own.w);
  let last = shape.rows - 1u;
  let d = shape.part.width;
  let x0 = min(r + 0u, last) * d;
  let x1 = min(r + 1u, last) * d;
  let x2 = min(r + 2u, last) * d;
  let x3 = min(r + 3u, last) * d;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();

  for (var k = 0u; k < d; k++) {
    let w = vec4f(weight(w0, k), weight(w1, k), weight(w2, k), weight(w3, k));
    y0 += x[x0 + k] * w;
    y1 += x[x1 + k] * w;
    y2 += x[x2 + k] * w;
    y3 += x[x3 + k] * w;
  }

  store(r + 0u, c, y0);
  store(r + 1u, c, y1);
  store(r + 2u, c, y2);
  store(r + 3u, c, y3);
}
