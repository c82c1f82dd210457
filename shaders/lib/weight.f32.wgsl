// An element of a parameter kept as f32. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<f32>;

fn weight(row: u32, column: u32) -> f32 {
  return W[row * shape.part.width + column];
}
