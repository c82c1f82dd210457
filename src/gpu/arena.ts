/** The memory of one run: tensors that live until they are tidied away or the arena is disposed. */

import { assert } from '../base/assert.ts';
import { formatShape, lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import { checkHost } from '../tensor/hostRows.ts';
import type { Scope } from '../tensor/ops.ts';
import { storageBytes } from '../tensor/params.ts';
import type { DType, HostTensor, Tensor } from '../tensor/tensor.ts';
import type { Allocation } from './buffers.ts';
import { assertWorking, brokenWait, type GpuContext } from './context.ts';
import { GpuTensor, gpuTensor, type Part } from './gpuTensor.ts';
import { floatsOf, writeRows } from './transfer.ts';

export class Arena {
  readonly backend = 'webgpu';
  protected readonly context: GpuContext;
  readonly #label: string;
  /** Tensors by the `tidy` they were made in; the first set is the arena's own. */
  readonly #scopes: Set<GpuTensor>[] = [new Set()];
  readonly #kept = new WeakSet<Tensor>();
  /** Every buffer this arena has used: one that the device had no memory for spoils all that came after. */
  readonly #used = new Set<Allocation>();
  #disposed = false;

  constructor(context: GpuContext, label: string) {
    this.context = context;
    this.#label = label;
  }

  /** Copies host values into the arena. Throws DeviceError beyond a limit or on a lost device. */
  upload(host: HostTensor, label: string): Tensor {
    checkHost(host, label);
    const tensor = this.make(host.shape, host.dtype, label, true);
    writeRows(this.context, tensor, 0, host);
    return tensor;
  }

  tidy<R extends Tensor | readonly Tensor[]>(body: () => R): R {
    const scope = this.scope();
    let survivors: readonly Tensor[] = [];
    try {
      const result = body();
      survivors = [result].flat() as Tensor[];
      return result;
    } finally {
      scope.end(survivors);
    }
  }

  scope(): Scope {
    const made = new Set<GpuTensor>();
    this.#scopes.push(made);
    return {
      end: (survivors) => {
        const ended = this.#scopes.pop();
        assert(ended === made, `${this.#label}: a scope ended before the ones inside it`);
        for (const tensor of made) {
          if (survivors.includes(tensor)) this.#scopes.at(-1)?.add(tensor);
          else if (this.#kept.has(tensor)) this.#scopes[0]?.add(tensor);
          else this.#giveBack(tensor);
        }
      },
    };
  }

  keep(tensor: Tensor): Tensor {
    this.#kept.add(tensor);
    return tensor;
  }

  /** Submits when what is recorded is estimated to take longer than a submit should. */
  border(): void {
    if (this.context.recorder.work > this.context.workPerSubmit) this.flush();
  }

  flush(): void {
    this.context.recorder.flush();
  }

  /** Any tensor but ids as floats. Throws DeviceError when the device is lost (`data.lost`) or out of memory. */
  async read<const Ts extends readonly Tensor[]>(tensors: Ts): Promise<{ [K in keyof Ts]: Float32Array }> {
    const own = tensors.map(gpuTensor);
    for (const { dtype, label } of own) assert(dtype !== 'u32', `${label} holds ids, not floats`);
    const parts = own.map((tensor) => tensor.parts); // as they are now: the arena may be disposed meanwhile
    const read = await this.#copyOut(parts);
    return parts.map((of, i) => floatsOf(of, read[i] as ArrayBuffer[])) as { [K in keyof Ts]: Float32Array };
  }

  async readIds(tensor: Tensor): Promise<Uint32Array> {
    const own = gpuTensor(tensor);
    assert(own.dtype === 'u32', `${own.label} holds floats, not ids`);
    const [[bytes] = []] = await this.#copyOut([own.parts]);
    return new Uint32Array(bytes as ArrayBuffer);
  }

  dispose(): void {
    this.#disposed = true;
    for (const scope of this.#scopes) {
      for (const tensor of scope) this.#giveBack(tensor);
      scope.clear();
    }
  }

  /** A tensor of the arena with no values yet; `idle` where the host writes them. */
  protected make(shape: Shape, dtype: DType, label: string, idle = false): GpuTensor {
    assert(!this.#disposed, `${label}: the arena ${this.#label} is disposed`);
    assert(size(shape) > 0, `${label}: an empty shape ${formatShape(shape)}`);
    assertWorking(this.context);
    const bytes = storageBytes(shape, dtype);
    const allocation = this.context.pool.take(bytes, 'storage', label, idle);
    this.#used.add(allocation);
    const whole = { dtype, width: lastAxis(shape), first: 0, rows: rows(shape), allocation, bytes };
    const tensor = new GpuTensor(shape, dtype, label, [whole]);
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  /** Gives up tensors made in the innermost scope before it ends. */
  protected release(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors.map(gpuTensor)) {
      const own = this.#scopes.at(-1)?.delete(tensor);
      assert(own, `${tensor.label} is released where it was not made`);
      this.#giveBack(tensor);
    }
  }

  #giveBack(tensor: GpuTensor): void {
    for (const allocation of tensor.release()) this.context.pool.give(allocation);
  }

  /** The bytes of the parts of some tensors, in one submit and one transfer. */
  async #copyOut(tensors: readonly (readonly Part[])[]): Promise<ArrayBuffer[][]> {
    assertWorking(this.context);
    const { pool, recorder, faults } = this.context;
    const parts = tensors.flat();
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total === 0) return [];
    const staging = pool.take(total, 'staging', `${this.#label}: read`);
    let at = 0;
    const copies = parts.map(({ allocation, bytes }) => {
      const copy = { from: { allocation, bytes }, to: staging, at };
      at += bytes;
      return copy;
    });
    recorder.flush(copies);
    const broken = await staging.buffer
      .mapAsync(GPUMapMode.READ, 0, total)
      .catch((cause: unknown) => ({ cause }));
    await faults.settled();
    const fault = [...this.#used, staging].find((used) => used.fault)?.fault;
    if (broken || fault) {
      pool.destroy(staging);
      throw fault ?? (await brokenWait(this.context, broken?.cause));
    }
    assertWorking(this.context);
    const range = staging.buffer.getMappedRange(0, total);
    const results = copies.map(({ at, from }) => range.slice(at, at + from.bytes));
    staging.buffer.unmap();
    pool.give(staging);
    this.context.readbackBytes += total;
    return tensors.map(({ length }) => results.splice(0, length));
  }
}
