// gelu_new: x/2·(1 + tanh u), u = √(2/π)·(x + 0.044715·x³).
// Written as x / (1 + e^(−2u)), which is the same and loses nothing where tanh is near −1. Below u = −43 (x = −7.6)
// it is 0 to all digits that f32 has, and the exponential would overflow further on.

const ROOT_2_OVER_PI = 0.7978845608028654;

fn gelu(v: f32) -> f32 {
  let u = ROOT_2_OVER_PI * (v + 0.044715 * v * v * v);
  if (u < -43.0) { return 0.0; }
  return v / (1.0 + exp(-2.0 * u));
}
