// An element of a parameter kept in 8 bits: value/127 · scale. The values lie four per word, the lowest byte first;
// behind them the scales as f32, one per 64 neighbours of a row. With lib/part.

@group(0) @binding(1) var<storage, read> W: array<u32>;

fn weight(row: u32, column: u32) -> f32 {
  let i = row * shape.part.width + column;
  let groups = (shape.part.width + 63u) / 64u;
  let scale = bitcast<f32>(W[shape.part.scales + row * groups + column / 64u]);
  return unpack4x8snorm(W[i >> 2u] >> (8u * (i & 3u))).x * scale;
}
