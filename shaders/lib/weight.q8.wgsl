// An element of a parameter kept in 8 bits: value/127 · scale. The values lie four per word, the lowest byte first;
// behind them the scales as f32, one per 64 neighbours of a row. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<u32>;

/// A row of W, found once for all of its elements.
struct Row {
  start: u32,
  scales: u32, // the word of its first scale
}

fn rowOf(row: u32) -> Row {
  let width = shape.part.width;
  return Row(row * width, shape.part.scales + row * ((width + 63u) / 64u));
}

fn weight(row: Row, column: u32) -> f32 {
  let i = row.start + column;
  let scale = bitcast<f32>(W[row.scales + column / 64u]);
  return unpack4x8snorm(W[i >> 2u] >> (8u * (i & 3u))).x * scale;
}
