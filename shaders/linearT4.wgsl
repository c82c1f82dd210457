// y[r, c] = Σ_k x[r, k] · W[c, k], four k at a time: linearT where d is a multiple of 4, as it is in every real GPT-2.
//
// x f32 [rows, d]; W a part of [n, d], of which this is the window of columns of y; y f32 [rows, n].
// Every invocation keeps an 8 × 8 tile of y in registers and uses no barrier; its columns lie LANES apart, its rows
// are those of the whole workgroup. Beyond an edge it computes the last row or column again and does not write it.
// With lib/part and lib/weight4.

override LANES: u32 = 16;

struct Shape {
  part: Part,
  rows: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Four of this invocation's rows of W from `first` on.
fn rowsFrom(first: u32) -> vec4u {
  return min(first + vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(shape.part.rows - 1u));
}

fn store(r: u32, first: u32, values: vec4f) {
  if (r >= shape.rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    let c = first + j * LANES;
    if (c < shape.part.rows) { y[r * shape.n + shape.part.first + c] = values[j]; }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * 8u;
  let c = tile.x * 8u * LANES + lane.x;
  let left = rowsFrom(c);
  let right = rowsFrom(c + 4u * LANES);
  let last = shape.rows - 1u;
  let depth = shape.part.width / 4u;
  let x0 = min(r + 0u, last) * depth;
  let x1 = min(r + 1u, last) * depth;
  let x2 = min(r + 2u, last) * depth;
  let x3 = min(r + 3u, last) * depth;
  let x4 = min(r + 4u, last) * depth;
  let x5 = min(r + 5u, last) * depth;
  let x6 = min(r + 6u, last) * depth;
  let x7 = min(r + 7u, last) * depth;
  var l0 = vec4f(); var r0 = vec4f();
  var l1 = vec4f(); var r1 = vec4f();
  var l2 = vec4f(); var r2 = vec4f();
  var l3 = vec4f(); var r3 = vec4f();
  var l4 = vec4f(); var r4 = vec4f();
  var l5 = vec4f(); var r5 = vec4f();
  var l6 = vec4f(); var r6 = vec4f();
  var l7 = vec4f(); var r7 = vec4f();

  for (var k = 0u; k < depth; k++) {
    // A column per row of W: x · this matrix is four dot products.
    let wl = mat4x4f(weight4(left.x, k), weight4(left.y, k), weight4(left.z, k), weight4(left.w, k));
    let wr = mat4x4f(weight4(right.x, k), weight4(right.y, k), weight4(right.z, k), weight4(right.w, k));
    l0 += x[x0 + k] * wl; r0 += x[x0 + k] * wr;
    l1 += x[x1 + k] * wl; r1 += x[x1 + k] * wr;
    l2 += x[x2 + k] * wl; r2 += x[x2 + k] * wr;
    l3 += x[x3 + k] * wl; r3 += x[x3 + k] * wr;
    l4 += x[x4 + k] * wl; r4 += x[x4 + k] * wr;
    l5 += x[x5 + k] * wl; r5 += x[x5 + k] * wr;
    l6 += x[x6 + k] * wl; r6 += x[x6 + k] * wr;
    l7 += x[x7 + k] * wl; r7 += x[x7 + k] * wr;
  }

  store(r + 0u, c, l0); store(r + 0u, c + 4u * LANES, r0);
  store(r + 1u, c, l1); store(r + 1u, c + 4u * LANES, r1);
  store(r + 2u, c, l2); store(r + 2u, c + 4u * LANES, r2);
  store(r + 3u, c, l3); store(r + 3u, c + 4u * LANES, r3);
  store(r + 4u, c, l4); store(r + 4u, c + 4u * LANES, r4);
  store(r + 5u, c, l5); store(r + 5u, c + 4u * LANES, r5);
  store(r + 6u, c, l6); store(r + 6u, c + 4u * LANES, r6);
  store(r + 7u, c, l7); store(r + 7u, c + 4u * LANES, r7);
}
