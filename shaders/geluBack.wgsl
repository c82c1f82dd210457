// dx = dy ⊙ gelu_new′(x), elementwise.
//
// With gelu_new(x) = x·s, s = 1/(1 + e^(−2u)) as in lib/gelu: gelu_new′(x) = s + x·s·(1 − s)·2u′.
// dy, x, dx f32 [n]. One invocation per element. With lib/flat and lib/gelu.

struct Shape { n: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Beyond |u| = 43 it is 0 or 1 to all digits that f32 has, and x² or the exponential would overflow further on.
fn slope(v: f32) -> f32 {
  let u = ROOT_2_OVER_PI * (v + 0.044715 * v * v * v);
  if (u < -43.0) { return 0.0; }
  if (u > 43.0) { return 1.0; }
  let e = exp(-2.0 * u);
  let s = 1.0 / (1.0 + e);
  return s + v * s * (e * s) * 2.0 * ROOT_2_OVER_PI * (1.0 + 3.0 * 0.044715 * v * v);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i < shape.n) { dx[i] = dy[i] * slope(x[i]); }
}
