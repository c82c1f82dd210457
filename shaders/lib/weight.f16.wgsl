// An element of a parameter kept as f16, two per word, the even element in the low half. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<u32>;

fn weight(row: u32, column: u32) -> f32 {
  let i = row * shape.part.width + column;
  return unpack2x16float(W[i >> 1u] >> (16u * (i & 1u))).x;
}
