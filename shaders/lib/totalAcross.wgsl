// The sum of what the LANES lanes of a workgroup hold, told to all of them: first within the subgroups, then over them.
// With lib/subgroups.

var<workgroup> held: array<vec2f, LANES>;

fn total(own: vec2f, lane: u32) -> vec2f {
  let width = neighbours(LANES);
  held[lane] = across(vec4f(own, 0.0, 0.0), 1u, width).xy;
  workgroupBarrier();
  var sum = vec2f();
  for (var i = 0u; i < LANES; i += width) { sum += held[i]; }
  workgroupBarrier();
  return sum;
}
