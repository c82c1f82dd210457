/** A file of the Hub in order, fetched in windows side by side, in memory that is used again and again. */

import type { Bytes, Piece } from '../byteSource.ts';
import type { Net } from './answer.ts';
import { Forward, type RemoteFile } from './forward.ts';

/** Side by side: one connection alone is often slower than the line. */
const AT_ONCE = 4;
/** What is in flight is lost with the tab; a slow line gets windows that are. */
const SMALL_WINDOW = 2 ** 20;
const WINDOW = 8 * 2 ** 20;
/** Bytes per millisecond from which windows are large. */
const FAST = (4 * 2 ** 20) / 1000;

export interface DownloadOptions {
  signal?: AbortSignal;
  /** Told how many bytes came, in whatever order. */
  onBytes?: (count: number) => void;
}

/**
 * Yields the bytes from `from` to the file's end, in order. A piece's memory is overwritten once the next piece is
 * asked for. Before a failure or an abort is thrown, what arrived in order is yielded. LoadError as `Forward`.
 */
export async function* download(
  net: Net,
  remote: RemoteFile,
  from: number,
  options: DownloadOptions = {},
): AsyncGenerator<Piece, void, undefined> {
  const windows: Window[] = [];
  const spare: Bytes[] = [];
  const pace = new Pace();
  let next = from;

  function open(): void {
    const bytes = pace.window();
    const end = Math.min(remote.size, (Math.floor(next / bytes) + 1) * bytes);
    const onBytes = (count: number) => {
      pace.add(count);
      options.onBytes?.(count);
    };
    const memory = spare.pop() ?? new Uint8Array(Math.min(WINDOW, remote.size));
    windows.push(new Window(net, remote, next, end, memory, onBytes));
    next = end;
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
      const more = !head.forward.whole && !options.signal?.aborted;
      while (more && windows.length < AT_ONCE && next < remote.size) open();
      yield* head.pieces();
      windows.shift();
      if (head.forward.whole) {
        for (const window of windows.splice(0)) window.cancel();
        windows.push(head);
        yield* head.goOn();
        return;
      }
      spare.push(head.memory);
    }
    options.signal?.throwIfAborted();
  } finally {
    options.signal?.removeEventListener('abort', abort);
    for (const window of windows) window.cancel();
  }
}

/** A stretch of the file on its way into memory. */
class Window {
  readonly forward: Forward;
  private readonly controller = new AbortController();
  private readonly filled: Promise<void>;
  private takeTurn: () => void = () => {};

  constructor(
    net: Net,
    private readonly remote: RemoteFile,
    private readonly start: number,
    end: number,
    readonly memory: Bytes,
    onBytes: (count: number) => void,
  ) {
    const turn = new Promise<void>((resolve) => {
      this.takeTurn = resolve;
    });
    const { signal } = this.controller;
    this.forward = new Forward(net, remote, start, end, { signal, onBytes, beforeWhole: () => turn });
    this.filled = this.forward.fill(memory.subarray(0, end - start));
    // It is heard of when this window's turn comes, if it does.
    this.filled.catch(() => {});
  }

  /** The window's bytes, once they are there; where it fails, first those that are. */
  async *pieces(): AsyncGenerator<Piece, void, undefined> {
    this.takeTurn();
    const { start, forward, memory } = this;
    try {
      await this.filled;
    } catch (error) {
      if (forward.at > start) yield { start, bytes: memory.subarray(0, forward.at - start) };
      throw error;
    }
    yield { start, bytes: memory.subarray(0, forward.at - start) };
  }

  /** All that follows, from the same connection. */
  async *goOn(): AsyncGenerator<Piece, void, undefined> {
    const { forward, memory, remote } = this;
    while (forward.at < remote.size) {
      const start = forward.at;
      const into = memory.subarray(0, Math.min(SMALL_WINDOW, remote.size - start));
      try {
        await forward.fill(into);
      } catch (error) {
        if (forward.at > start) yield { start, bytes: memory.subarray(0, forward.at - start) };
        throw error;
      }
      yield { start, bytes: into };
    }
  }

  cancel(reason?: unknown): void {
    this.controller.abort(reason);
    this.takeTurn();
    this.forward.close();
  }
}

/** How fast bytes came so far. */
class Pace {
  private readonly since = performance.now();
  private bytes = 0;

  add(count: number): void {
    this.bytes += count;
  }

  window(): number {
    return this.bytes > FAST * (performance.now() - this.since) ? WINDOW : SMALL_WINDOW;
  }
}
