// y[r, g, c] = onto + Σ_k x[r, k] · W[k, start + c], k over the inputs of group g that are rows of this part of W
// One group is x·W + b on a window of columns; groups = heads, without b, is what every head writes. Where W lies in
// several parts, the first goes onto b or nothing and writes y, the others go onto y.
//
// x f32 [rows, groups·depth]; W a part of [groups·depth, width]; b f32 [width] (any buffer unless onto is 1);
// y f32 [rows, groups, count].
// Every invocation keeps an 8 × 8 tile of y in registers and uses no barrier. Its columns lie LANES apart, so that
// neighbouring lanes read neighbouring weights; its rows are those of the whole workgroup. Beyond an edge it computes
// the last row or column again and does not write it. With lib/part and lib/weight.

override LANES: u32 = 16;

struct Shape {
  part: Part,
  rows: u32,
  groups: u32,
  depth: u32,
  start: u32,
  count: u32,
  onto: u32, // 0: nothing, 1: b, 2: what y holds
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> shape: Shape;

/// Four of this invocation's columns of y from `first` on, as columns of W.
fn columns(first: u32) -> vec4u {
  return shape.start + min(first + vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(shape.count - 1u));
}

/// What four sums of row r of y begin with.
fn onto(r: u32, group: u32, c: vec4u) -> vec4f {
  if (shape.onto == 1u) { return vec4f(b[c.x], b[c.y], b[c.z], b[c.w]); }
  if (shape.onto == 0u) { return vec4f(); }
  let i = (min(r, shape.rows - 1u) * shape.groups + group) * shape.count + c - shape.start;
  return vec4f(y[i.x], y[i.y], y[i.z], y[i.w]);
}

fn weights(row: Row, c: vec4u) -> vec4f {
  return vec4f(weight(row, c.x), weight(row, c.y), weight(row, c.z), weight(row, c.w));
}

fn store(r: u32, group: u32, first: u32, values: vec4f) {
  if (r >= shape.rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    let c = first + j * LANES;
    if (c < shape.count) { y[(r * shape.groups + group) * shape.count + c] = values[j]; }
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_id) lane: vec3u) {
  let r = tile.y * 8u;
  let c = tile.x * 8u * LANES + lane.x;
  let left = columns(c);
  let right = columns(c + 4u * LANES);
  let last = shape.rows - 1u;
  let stride = shape.groups * shape.depth;
  let begin = max(tile.z * shape.depth, shape.part.first);
  let end = min((tile.z + 1u) * shape.depth, shape.part.first + shape.part.rows);
  let x0 = min(r + 0u, last) * stride;
  let x1 = min(r + 1u, last) * stride;
  let x2 = min(r + 2u, last) * stride;
  let x3 = min(r + 3u, last) * stride;
  let x4 = min(r + 4u, last) * stride;
  let x5 = min(r + 5u, last) * stride;
  let x6 = min(r + 6u, last) * stride;
  let x7 = min(r + 7u, last) * stride;
  var l0 = onto(r + 0u, tile.z, left); var r0 = onto(r + 0u, tile.z, right);
  var l1 = onto(r + 1u, tile.z, left); var r1 = onto(r + 1u, tile.z, right);
  var l2 = onto(r + 2u, tile.z, left); var r2 = onto(r + 2u, tile.z, right);
  var l3 = onto(r + 3u, tile.z, left); var r3 = onto(r + 3u, tile.z, right);
  var l4 = onto(r + 4u, tile.z, left); var r4 = onto(r + 4u, tile.z, right);
  var l5 = onto(r + 5u, tile.z, left); var r5 = onto(r + 5u, tile.z, right);
  var l6 = onto(r + 6u, tile.z, left); var r6 = onto(r + 6u, tile.z, right);
  var l7 = onto(r + 7u, tile.z, left); var r7 = onto(r + 7u, tile.z, right);

  for (var k = begin; k < end; k++) {
    let row = rowOf(k - shape.part.first);
    let wl = weights(row, left);
    let wr = weights(row, right);
    l0 += x[x0 + k] * wl; r0 += x[x0 + k] * wr;
    l1 += x[x1 + k] * wl; r1 += x[x1 + k] * wr;
    l2 += x[x2 + k] * wl; r2 += x[x2 + k] * wr;
    l3 += x[x3 + k] * wl; r3 += x[x3 + k] * wr;
    l4 += x[x4 + k] * wl; r4 += x[x4 + k] * wr;
    l5 += x[x5 + k] * wl; r5 += x[x5 + k] * wr;
    l6 += x[x6 + k] * wl; r6 += x[x6 + k] * wr;
    l7 += x[x7 + k] * wl; r7 += x[x7 + k] * wr;
  }

  store(r + 0u, tile.z, c, l0); store(r + 0u, tile.z, c + 4u * LANES, r0);
  store(r + 1u, tile.z, c, l1); store(r + 1u, tile.z, c + 4u * LANES, r1);
  store(r + 2u, tile.z, c, l2); store(r + 2u, tile.z, c + 4u * LANES, r2);
  store(r + 3u, tile.z, c, l3); store(r + 3u, tile.z, c + 4u * LANES, r3);
  store(r + 4u, tile.z, c, l4); store(r + 4u, tile.z, c + 4u * LANES, r4);
  store(r + 5u, tile.z, c, l5); store(r + 5u, tile.z, c + 4u * LANES, r5);
  store(r + 6u, tile.z, c, l6); store(r + 6u, tile.z, c + 4u * LANES, r6);
  store(r + 7u, tile.z, c, l7); store(r + 7u, tile.z, c + 4u * LANES, r7);
}
