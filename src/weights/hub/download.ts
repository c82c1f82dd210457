/** A file of the Hub in order, fetched in windows side by side, in memory that is used again and again. */

import type { Bytes, Piece, Range } from '../byteSource.ts';
import type { Net } from './answer.ts';
import { Forward, type RemoteFile } from './forward.ts';

/** Side by side: the next answers are on their way while one is read. */
const AT_ONCE = 4;

/** Another window is asked for when so little is outstanding: none should have to pause for long, as that stalls TCP. */
const LITTLE = 24 * 2 ** 20;

/**
 * A window is about one second's worth. Small on a slow line, where what is in flight is lost with the tab; large on a
 * fast one, where a request costs more than its bytes (measured: 498 MB from localhost in windows of 8 MiB take 11 s, of
 * 32 MiB 4.4 s, in one 2.8 s).
 */
const WORTH_MS = 1000;
const SMALLEST_WINDOW = 2 ** 20;
const LARGEST_WINDOW = 128 * 2 ** 20;

/** Small enough to stay in the processor's cache while it is hashed and written. */
const PIECE = 2 ** 20;

/** So many pieces of a window are read ahead; the rest waits in the network until its turn comes. */
const AHEAD = 16;

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Told how many bytes came, in whatever order. */
  onBytes?: (count: number) => void;
}

/**
 * Yields the bytes from `from` to the file's end, in order, in pieces of at most 1 MiB. A piece's memory is overwritten
 * once the next piece is asked for. Before a failure or an abort is thrown, what arrived in order is yielded. LoadError
 * as `Forward`.
 */
export async function* download(
  net: Net,
  remote: RemoteFile,
  from: number,
  options: DownloadOptions = {},
): AsyncGenerator<Piece, void, undefined> {
  const windows: Window[] = [];
  const memory = new Memory(Math.min(PIECE, remote.size));
  const pace = new Pace();
  /** What was handed over, and what was asked for. */
  let at = from;
  let next = from;

  function open(): void {
    const length = pace.window();
    const end = Math.min(remote.size, (Math.floor(next / length) + 1) * length);
    const onBytes = (count: number) => {
      pace.add(count);
      options.onBytes?.(count);
    };
    windows.push(new Window(net, remote, { start: next, end }, memory, onBytes));
    next = end;
  }
  function openMore(head: Window): void {
    if (head.forward.whole || options.signal?.aborted) return;
    while (next < remote.size && next - at < LITTLE && windows.length < AT_ONCE) open();
  }
  const abort = () => {
    for (const window of windows) window.cancel(options.signal?.reason);
  };

  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    if (next < remote.size) open();
    // Whether ranges are honoured shows in the first answer; before that, side by side might mean four whole files.
    await windows[0]?.forward.answered;
    for (let head = windows[0]; head; head = windows[0]) {
      openMore(head);
      for await (const piece of head.pieces()) {
        at = piece.start + piece.bytes.length;
        // The rest comes through this connection.
        if (head.forward.whole) for (const other of windows.splice(1)) other.cancel();
        openMore(head);
        yield piece;
      }
      if (head.forward.whole) return;
      windows.shift();
    }
    options.signal?.throwIfAborted();
  } finally {
    options.signal?.removeEventListener('abort', abort);
    for (const window of windows) window.cancel();
  }
}

/** A stretch of the file on its way into memory: read ahead as far as allowed, taken when its turn comes. */
class Window {
  readonly forward: Forward;
  private readonly controller = new AbortController();
  private readonly ready: ReadyPiece[] = [];
  private failure: { reason: unknown } | null = null;
  private ended = false;
  private takeTurn: () => void = () => {};
  /** Resolves what waits for a change of the above. */
  private notify: () => void = () => {};

  constructor(
    net: Net,
    private readonly remote: RemoteFile,
    private readonly range: Range,
    private readonly memory: Memory,
    onBytes: (count: number) => void,
  ) {
    const turn = new Promise<void>((resolve) => {
      this.takeTurn = resolve;
    });
    const { signal } = this.controller;
    const beforeWhole = () => turn;
    this.forward = new Forward(net, remote, range.start, range.end, { signal, onBytes, beforeWhole });
    // A failure is heard of when the window's turn comes, if it does.
    this.readAhead()
      .catch((reason: unknown) => {
        this.failure = { reason };
      })
      .finally(() => {
        this.ended = true;
        this.notify();
      });
  }

  /** The window's bytes; where the server ignores ranges, all that follow. */
  async *pieces(): AsyncGenerator<Piece, void, undefined> {
    this.takeTurn();
    for (;;) {
      const piece = this.ready.shift();
      if (piece) {
        this.notify();
        yield piece;
        this.memory.free(piece.memory);
      } else if (this.failure) throw this.failure.reason;
      else if (this.ended) return;
      else await this.change();
    }
  }

  cancel(reason?: unknown): void {
    this.controller.abort(reason);
    this.takeTurn();
    this.notify();
    this.forward.close();
  }

  private async readAhead(): Promise<void> {
    const { forward, ready, controller } = this;
    for (let end = this.range.end; forward.at < end; end = forward.whole ? this.remote.size : end) {
      while (ready.length >= AHEAD && !controller.signal.aborted) await this.change();
      controller.signal.throwIfAborted();
      const start = forward.at;
      const memory = this.memory.take();
      try {
        await forward.fill(memory.subarray(0, Math.min(memory.length, end - start)));
      } finally {
        const bytes = memory.subarray(0, forward.at - start);
        if (bytes.length) ready.push({ start, bytes, memory });
        this.notify();
      }
    }
  }

  /** Only one side ever waits: the one that fills while there is enough, or the one that takes while there is nothing. */
  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.notify = resolve;
    });
  }
}

interface ReadyPiece extends Piece {
  /** What `bytes` are the beginning of. */
  readonly memory: Bytes;
}

/** Memory for pieces, used again and again: fresh memory costs as much as a download from next door. */
class Memory {
  private readonly spare: Bytes[] = [];

  constructor(private readonly length: number) {}

  take(): Bytes {
    return this.spare.pop() ?? new Uint8Array(this.length);
  }

  free(memory: Bytes): void {
    this.spare.push(memory);
  }
}

/** How fast bytes came so far. */
class Pace {
  private readonly since = performance.now();
  private bytes = 0;

  add(count: number): void {
    this.bytes += count;
  }

  /** Bytes, a power of two. */
  window(): number {
    const worth = (this.bytes / (performance.now() - this.since)) * WORTH_MS;
    const window = 2 ** Math.floor(Math.log2(Math.max(1, worth)));
    return Math.min(LARGEST_WINDOW, Math.max(SMALLEST_WINDOW, window));
  }
}
