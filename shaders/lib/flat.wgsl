// Numbers the invocations of a grid that may be folded over two dimensions: one dimension holds only 65,535
// workgroups. Kernels that use it are one-dimensional and return at once when their number is beyond the work.

override WORKGROUP: u32 = 64;

fn flatIndex(id: vec3u, workgroups: vec3u) -> u32 {
  return id.y * (workgroups.x * WORKGROUP) + id.x;
}
