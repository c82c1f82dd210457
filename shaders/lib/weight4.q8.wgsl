// Elements 4k … 4k + 3 of a row of a parameter kept in 8 bits (lib/weight.q8), whose width is a multiple of 4: they
// share a word and a scale. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<u32>;

fn weight4(row: u32, k: u32) -> vec4f {
  let groups = (shape.part.width + 63u) / 64u;
  let scale = bitcast<f32>(W[shape.part.scales + row * groups + k / 16u]);
  return unpack4x8snorm(W[row * (shape.part.width / 4u) + k]) * scale;
}
