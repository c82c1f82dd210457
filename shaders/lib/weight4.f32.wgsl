// Elements 4k … 4k + 3 of a row of a parameter kept as f32, whose width is a multiple of 4. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<vec4f>;

fn weight4(row: u32, k: u32) -> vec4f {
  return W[row * (shape.part.width / 4u) + k];
}
