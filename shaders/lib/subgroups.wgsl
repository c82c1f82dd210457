// Lanes of a subgroup that add up what they hold without a barrier, so that less goes through workgroup memory.
// Neighbouring lanes of a workgroup are taken to be neighbours in a subgroup, as they are on every device known: WebGPU
// does not promise it, and the measurement that chooses this family compares its numbers.

enable subgroups;
diagnostic(off, subgroup_uniformity); // all lanes of a workgroup come here, which the compiler cannot see

/// How many lanes share what `across` gives: a subgroup, or `most` of it.
fn neighbours(most: u32) -> u32 {
  return min(most, subgroupAdd(1u));
}

/// The sum over the lanes whose numbers differ by first, 2·first, … below `width`.
fn across(own: vec4f, first: u32, width: u32) -> vec4f {
  var sum = own;
  for (var step = first; step < width; step *= 2u) { sum += subgroupShuffleXor(sum, step); }
  return sum;
}
