// Elements 4k … 4k + 3 of a row of a parameter kept as f16, whose width is a multiple of 4. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<vec2u>;

fn weight4(row: u32, k: u32) -> vec4f {
  let halves = W[row * (shape.part.width / 4u) + k];
  return vec4f(unpack2x16float(halves.x), unpack2x16float(halves.y));
}
