// What a norm reads and writes: x f32 [rows, d]; w, b f32 [d]; y f32 [rows, d]; scale f32 [rows].

struct Shape {
  rows: u32,
  d: u32,
  variance: u32, // 1: layer, 0: linear
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;
