// Which rows of a parameter W a kernel sees: a matrix beyond the binding limit lies in parts, a buffer each.
// The kernel's uniform block `shape` begins with it; rows are counted within the part.

struct Part {
  width: u32,  // columns of W
  first: u32,  // which row of W is the part's first
  rows: u32,
  scales: u32, // q8: the word where the scales begin
}
