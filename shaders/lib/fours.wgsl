// Inputs and weights four by four, where no four of them cross a row: depths, widths and windows are multiples of 4.
// With lib/weight4.

@group(0) @binding(0) var<storage, read> x: array<vec4f>;

/// Inputs at … at + 3. Asked for only where there is at least one, and so all four are there.
fn inputsAt(at: u32, some: u32) -> vec4f {
  return x[at / 4u];
}

/// Weights column … column + 3 of a row.
fn weightsAt(row: u32, column: u32) -> vec4f {
  return weight4(row, column / 4u);
}
