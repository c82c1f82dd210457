// The sum of what the LANES lanes of a workgroup hold, told to all of them.

var<workgroup> held: array<vec2f, LANES>;

fn total(own: vec2f, lane: u32) -> vec2f {
  held[lane] = own;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { held[lane] += held[lane + half]; }
  }
  let sum = workgroupUniformLoad(&held[0]);
  return sum;
}
