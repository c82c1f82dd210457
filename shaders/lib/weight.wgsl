// Reads element i of a parameter W kept as f32, or as f16 packed two per word (the even element in the low half).
// The kernel declares `W: array<u32>`; which storage it is, is fixed when the pipeline is made.

override F16: bool = false;

fn weight(i: u32) -> f32 {
  if (F16) {
    return unpack2x16float(W[i >> 1u] >> (16u * (i & 1u))).x;
  }
  return bitcast<f32>(W[i]);
}
