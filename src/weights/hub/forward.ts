/** Reads a file of the Hub forward from some byte, asking again at the byte reached wherever a connection fails. */

import type { Bytes } from '../byteSource.ts';
import { Answer, type Net } from './answer.ts';
import { Patience } from './patience.ts';
import { refusal, type Subject, Trouble } from './trouble.ts';

/** A file of a repository at a commit, as something to be read. */
export interface RemoteFile extends Subject {
  readonly file: string;
  readonly url: string;
  readonly size: number;
}

export interface ForwardOptions {
  signal?: AbortSignal;
  /** A server that ignores ranges sends the file from its beginning; reading that waits for this. */
  beforeWhole?: () => Promise<void>;
  /** Told how many new bytes came. */
  onBytes?: (count: number) => void;
}

export class Forward {
  /** The server has answered, with a range or all: further requests can be made side by side, or need not be. */
  readonly answered: Promise<void>;
  /** The server sends the whole file from `at` on, whatever was asked: one connection will do for all that follows. */
  whole = false;
  private answer: Answer | null = null;
  /** Where in the file the connection is. */
  private connectionAt = 0;
  /** Bytes that came and have no place yet: the end of a chunk. */
  private rest: Uint8Array | null = null;
  private markAnswered: () => void = () => {};
  private readonly patience: Patience;

  /** `at` is the next byte to be delivered, `end` the last one (exclusive) that is asked for. */
  constructor(
    private readonly net: Net,
    private readonly remote: RemoteFile,
    public at: number,
    private readonly end: number,
    private readonly options: ForwardOptions = {},
  ) {
    this.answered = new Promise((resolve) => {
      this.markAnswered = resolve;
    });
    this.patience = new Patience(remote, net.timing, options.signal);
  }

  /** Fills `into` from `at` on. LoadError after too many failures in a row: `at` says how far it came. */
  async fill(into: Bytes): Promise<void> {
    const start = this.at;
    const end = start + into.length;
    try {
      while (this.at < end) {
        try {
          this.patience.check();
          this.answer ??= await this.connect();
          await this.readInto(into, start);
        } catch (error) {
          this.close();
          await this.patience.after(error);
        }
      }
    } finally {
      this.markAnswered();
      if (this.at >= this.end && !this.whole) this.close();
    }
  }

  close(): void {
    this.answer?.close();
    this.answer = null;
    this.rest = null;
  }

  private async connect(): Promise<Answer> {
    // Once it ignored a range, all that follows is wanted from this connection.
    const end = this.whole ? this.remote.size : this.end;
    const { signal, beforeWhole } = this.options;
    const answer = await Answer.get(this.net, this.remote.url, {
      range: `bytes=${this.at}-${end - 1}`,
      signal,
    });
    try {
      this.whole = isWhole(answer.response, this.remote, this.at, end) || this.whole;
    } catch (error) {
      answer.close();
      throw error;
    }
    this.connectionAt = answer.response.status === 200 ? 0 : this.at;
    this.markAnswered();
    if (this.whole) await beforeWhole?.();
    return answer;
  }

  private async readInto(into: Bytes, start: number): Promise<void> {
    const end = start + into.length;
    while (this.at < end) {
      const chunk = this.rest ?? (await this.answer?.read()) ?? null;
      this.rest = null;
      if (!chunk) throw new Trouble('the connection ended early', { retry: true });
      // Bytes before `at` come where the server ignored the range.
      const skipped = Math.min(chunk.length, Math.max(0, this.at - this.connectionAt));
      const taken = chunk.subarray(skipped, skipped + end - this.at);
      const used = skipped + taken.length;
      if (used < chunk.length) this.rest = chunk.subarray(used);
      this.connectionAt += used;
      if (!taken.length) continue;
      into.set(taken, this.at - start);
      this.at += taken.length;
      this.patience.progress();
      this.options.onBytes?.(taken.length);
    }
  }
}

/** Whether the answer is the whole file (200) rather than the asked part (206). Trouble where it is neither. */
function isWhole(response: Response, remote: RemoteFile, start: number, end: number): boolean {
  const { status, headers } = response;
  if (status !== 200 && status !== 206) throw refusal(response, remote);
  const remedy = `Look at ${remote.page}, or load again later.`;
  if (headers.get('content-type')?.startsWith('text/html'))
    throw new Trouble('a web page came in place of the file', {
      remedy: 'Where your network asks you to sign in, do so, then load again.',
    });
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  const expected = status === 200 ? remote.size : end - start;
  // A storage server may keep Content-Range to itself (CORS); the length is always told, and the hash decides in the end.
  const range = headers.get('content-range');
  if (status === 206 && range !== null) {
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
    if (total !== undefined && total !== '*' && Number(total) !== remote.size)
      throw new Trouble(`it has ${total} bytes there, and ${remote.size} by its repository's list`, {
        remedy,
      });
    if (Number(first) !== start || Number(last) !== end - 1)
      throw new Trouble(`bytes ${start}-${end - 1} were asked for, and "${range.slice(0, 60)}" came`, {
        remedy,
      });
  }
  if (length !== null && Number(length) !== expected)
    throw new Trouble(`${length} bytes came where ${expected} were to come`, { remedy });
  return status === 200;
}
