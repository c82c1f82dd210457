// What attention reads and writes: q, z f32 [batch, pos, heads·dHead]; k, v f32 [batch, room, heads·dHead], room ≥ past + pos.
// Read by `Some` numbers at once, four where dHead is a multiple of 4, of which a head has SOME.

const LOWEST = -0x1.fffffep+127f;

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  past: u32,
  room: u32,
  divisor: f32, // √dHead
}

@group(0) @binding(0) var<storage, read> q: array<Some>;
@group(0) @binding(1) var<storage, read> k: array<Some>;
@group(0) @binding(2) var<storage, read> v: array<Some>;
@group(0) @binding(3) var<storage, read_write> z: array<Some>;
@group(0) @binding(4) var<uniform> shape: Shape;
