// An element of a parameter kept as f16, two per word, the even element in the low half. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<u32>;

/// A row of W, found once for all of its elements.
struct Row {
  start: u32,
}

fn rowOf(row: u32) -> Row {
  return Row(row * shape.part.width);
}

fn weight(row: Row, column: u32) -> f32 {
  let i = row.start + column;
  return unpack2x16float(W[i >> 1u] >> (16u * (i & 1u))).x;
}
