// An element of a parameter kept as f32. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<f32>;

/// A row of W, found once for all of its elements.
struct Row {
  start: u32,
}

fn rowOf(row: u32) -> Row {
  return Row(row * shape.part.width);
}

fn weight(row: Row, column: u32) -> f32 {
  return W[row.start + column];
}
