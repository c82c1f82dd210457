// What the backward of a norm reads and writes: dy, x f32 [rows, d]; w f32 [d]; dx f32 [rows, d]; dScale f32 [rows].

struct Shape {
  rows: u32,
  d: u32,
  variance: u32, // 1: layer, 0: linear
  eps: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> dScale: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;
