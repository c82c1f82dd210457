// A total order of floats as unsigned integers, larger for larger values: −0 equals +0, −Infinity is above NaN, and
// NaN is last. Integers, because a device may assume that NaN does not occur in float comparisons.

fn orderKey(bits: u32) -> u32 {
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0u; } // NaN
  if (bits == 0x80000000u) { return 0x80000000u; }       // −0, as +0
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
