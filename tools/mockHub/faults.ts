/** How the mock Hub misbehaves on command, once, a number of times or for ever. */

/** What goes wrong. Byte positions count in the whole file; a fault at a byte strikes only answers that would send it. */
export type Misbehaviour =
  /** Answers with this status (and `Retry-After`, in seconds) in place of the file. */
  | { kind: 'status'; status: number; retryAfter?: number | string }
  /** Closes the connection before this byte. */
  | { kind: 'cut'; at: number }
  /** Sends nothing any more from this byte on, and keeps the connection open. */
  | { kind: 'stall'; at: number }
  /** Answers 200 and the whole file to a Range request. */
  | { kind: 'ignore-range' }
  /** The file ends here: shorter than the tree says. */
  | { kind: 'truncate'; at: number }
  /** The byte here is another one. */
  | { kind: 'wrong-byte'; at: number }
  /** Content-Range names other bytes than those that come. */
  | { kind: 'wrong-content-range' }
  /** A web page in place of the file, with status 200. */
  | { kind: 'html' }
  /** This text in place of an answer of the API. */
  | { kind: 'body'; body: string; status?: number };

export type Fault = Misbehaviour & {
  /** The file in its repository, or `api` (any call), `api/revision`, `api/tree`. Default: every file, no call of the API. */
  path?: string;
  /** How often; default for ever. */
  times?: number;
  /** Only requests that begin at this byte or later. */
  from?: number;
};

/** What a request asks for, as faults see it. */
export interface Asked {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** The faults that are set, each knowing how often it may still strike. */
export class Faults {
  private readonly list: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.list.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.list.length = 0;
  }

  /** The first fault for this request, which is then used up once. */
  strike(asked: Asked): Fault | undefined {
    const found = this.list.find(({ fault, left }) => left > 0 && concerns(fault, asked));
    if (!found) return undefined;
    found.left--;
    return found.fault;
  }
}

function concerns(fault: Fault, { path, start, end }: Asked): boolean {
  const api = path.startsWith('api/');
  if (fault.path === undefined ? api : fault.path !== path && !(fault.path === 'api' && api)) return false;
  if (fault.from !== undefined && start < fault.from) return false;
  if (fault.kind === 'cut' || fault.kind === 'stall' || fault.kind === 'wrong-byte')
    return start <= fault.at && fault.at < end;
  return true;
}
