// z[b, i, h·dHead + e] = factor·Σ_j weights[b, h, i, j] · v[b, j, h·dHead + e]: of a query i, over the keys j ≤ i that it
// sees. With `byKey`, its backward: z[b, j, …] = factor·Σ_i weights[b, h, i, j] · v[b, i, …], of a key j, over the queries
// i ≥ j that see it.
//
// weights f32 [batch, heads, pos, pos]; v, z f32 [batch, pos, heads·dHead], read by `Some` numbers at once, four where
// dHead is a multiple of 4.
// One invocation per four positions and `Some` elements, so that what is read serves four sums; neighbouring lanes read
// neighbouring elements of v. Products of a query with later keys are dropped: what is masked cannot leak in, not even as
// NaN. A line with {r} stands for four lines. With lib/flat.

struct Shape {
  batch: u32,
  heads: u32,
  pos: u32,
  some: u32, // `Some`s of a head
  byKey: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> v: array<Some>;
@group(0) @binding(2) var<storage, read_write> z: array<Some>;
@group(0) @binding(3) var<uniform> shape: Shape;

/// Whether the query of two positions, a result's own and another one, sees the key.
fn sees(own: u32, other: u32) -> bool {
  return select(other <= own, own <= other, shape.byKey > 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flatIndex(id, workgroups);
  let d = shape.heads * shape.some;
  let tiles = (shape.pos + 3u) / 4u;
  if (i >= shape.batch * tiles * d) { return; }
  let c = i % d;
  let own = i / d % tiles * 4u; // the first of the four positions
  let batch = i / d / tiles;
  let byKey = shape.byKey > 0u;
  let strides = select(vec2u(shape.pos, 1u), vec2u(1u, shape.pos), byKey); // a step of own, of other
  let map = (batch * shape.heads + c / shape.some) * shape.pos * shape.pos;
  let at{r} = map + min(own + {r}u, shape.pos - 1u) * strides.x;
  let vAt = batch * shape.pos * d + c;

  let end = select(min(own + 4u, shape.pos), shape.pos, byKey);
  var sum{r} = Some();
  for (var other = select(0u, own, byKey); other < end; other++) {
    let value = v[vAt + other * d];
    sum{r} += select(Some(), weights[at{r} + other * strides.y] * value, sees(own + {r}u, other));
  }
  if (own + {r}u < shape.pos) { z[vAt + (own + {r}u) * d] = shape.factor * sum{r}; }
}
