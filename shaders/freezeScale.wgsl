// σ̄ = mean of scale[1 …],  gain = w/σ̄,  frozen = σ̄ everywhere: a norm that divides by one number.
//
// w f32 [d]; scale f32 [pos]; gain f32 [d]; frozen f32 [pos].
// One invocation per element of the longer of gain and frozen. Each takes the mean by itself: a prompt has few positions,
// and all of them read the same ones. Sums are taken in blocks, so that they do not gather the rounding of all their
// additions. With lib/flat.

const BLOCK = 64u;

struct Shape {
  d: u32,
  pos: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read_write> gain: array<f32>;
@group(0) @binding(3) var<storage, read_write> frozen: array<f32>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  if (i >= max(shape.d, shape.pos)) { return; }
  var total = 0.0;
  for (var block = 1u; block < shape.pos; block += BLOCK) {
    var sum = 0.0;
    for (var p = block; p < min(block + BLOCK, shape.pos); p++) { sum += scale[p]; }
    total += sum;
  }
  let sigma = total / f32(shape.pos - 1u);
  if (i < shape.d) { gain[i] = w[i] / sigma; }
  if (i < shape.pos) { frozen[i] = sigma; }
}
