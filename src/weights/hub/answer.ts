/** One request and its body, read piece by piece; a connection that stalls or breaks is a Trouble. */

import type { Timing } from './timing.ts';
import { Trouble } from './trouble.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What every request needs. */
export interface Net {
  readonly fetch: Fetch;
  readonly timing: Timing;
}

/** As much as a browser hands over at once. */
const SCRATCH_BYTES = 2 ** 20;

export class Answer {
  private reader: Reader | undefined;

  private constructor(
    readonly response: Response,
    private readonly waiting: Waiting,
  ) {}

  /**
   * Sends a GET that no browser has to ask about first: at most `Range: bytes=a-b`, no credentials. Trouble where no
   * answer comes; an aborted one rejects with the signal's reason.
   */
  static async get(
    net: Net,
    url: string,
    options: { range?: string; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    options.signal?.throwIfAborted();
    const waiting = new Waiting(net.timing.stall, options.signal);
    const init: RequestInit = {
      signal: waiting.controller.signal,
      credentials: 'omit',
      // Kept in a store of our own, or to be seen anew: the browser's cache would only hold a second copy.
      cache: 'no-store',
      ...(options.range && { headers: { Range: options.range } }),
    };
    return new Answer(await waiting.for(net.fetch(url, init)), waiting);
  }

  /** The next bytes, valid until the next call; null at the end. */
  async read(): Promise<Uint8Array | null> {
    this.reader ??= readerOf(this.response);
    const bytes = await this.waiting.for(this.reader.read());
    if (!bytes) this.waiting.end();
    return bytes;
  }

  /** Closes the connection. */
  close(): void {
    this.waiting.controller.abort();
    this.waiting.end();
  }
}

/** Waits for the network, but not for ever. Only while somebody waits: a slow consumer is no stall. */
class Waiting {
  readonly controller = new AbortController();
  private readonly abort = () => this.controller.abort(this.signal?.reason);

  constructor(
    private readonly stall: number,
    private readonly signal?: AbortSignal,
  ) {
    signal?.addEventListener('abort', this.abort, { once: true });
  }

  async for<T>(promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Trouble(`nothing came for ${this.stall / 1000} s`, { retry: true }));
        this.controller.abort();
      }, this.stall);
    });
    try {
      return await Promise.race([promise, stalled]);
    } catch (error) {
      this.end();
      this.signal?.throwIfAborted();
      if (error instanceof Trouble) throw error;
      throw new Trouble('the connection failed', { retry: true, cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.signal?.removeEventListener('abort', this.abort);
  }
}

interface Reader {
  read(): Promise<Uint8Array | null>;
}

/** Reads into one buffer of ours again and again, where the browser's bodies can. */
function readerOf({ body }: Response): Reader {
  if (!body) return { read: async () => null };
  const reader = byobReader(body);
  if (!reader) {
    const plain = body.getReader();
    return { read: async () => (await plain.read()).value ?? null };
  }
  let scratch = new Uint8Array(SCRATCH_BYTES);
  return {
    async read() {
      const { value, done } = await reader.read(scratch);
      if (done || !value) return null;
      scratch = new Uint8Array(value.buffer);
      return value;
    },
  };
}

function byobReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    return null;
  }
}
