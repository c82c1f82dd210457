// Looks for NaN in the bits: exp, log, max and comparisons of a device may lose it or assume that it does not occur.

fn isNaN(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
