// Reads elements 4i … 4i + 3 of a parameter W kept as f32, or as f16 packed two per word.
// The kernel declares `W: array<vec2u>`, the widest unit that both storages divide into.

override F16: bool = false;

fn weight4(i: u32) -> vec4f {
  if (F16) {
    let halves = W[i];
    return vec4f(unpack2x16float(halves.x), unpack2x16float(halves.y));
  }
  return vec4f(bitcast<vec2f>(W[2u * i]), bitcast<vec2f>(W[2u * i + 1u]));
}
