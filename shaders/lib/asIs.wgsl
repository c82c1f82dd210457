// The inputs of a product as they are: lib/normed is for those that are normed first. With lib/epilogue and lib/fours.

@group(0) @binding(7) var<uniform> shape: Shape;

fn prepare(first: u32, lane: u32) {}

/// Inputs k … k + 3 of a row, up to `end`; the row is number `r` of this workgroup.
fn inputs(row: u32, r: u32, k: u32, end: u32) -> vec4f {
  return inputsAt(row * shape.groups * shape.depth + k, end - k);
}
