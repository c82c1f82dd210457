/** Why a request failed, in words, and whether asking again can help. */

import { LoadError } from '../../base/errors.ts';

/** What is being asked for, as sentences name it. */
export interface Subject {
  /** `model.safetensors of owner/name`, or `owner/name`. */
  readonly name: string;
  /** The repository's page. */
  readonly page: string;
  /** A file of which what arrives is kept. */
  readonly file?: string;
}

export interface TroubleOptions {
  /** Whether asking again may help. */
  retry?: boolean;
  /** How long the server asks to wait, in milliseconds. */
  wait?: number;
  /** What to do about it. */
  remedy?: string;
  data?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

const TRY_LATER = 'Check your connection and load again.';

/** A failed request; becomes a LoadError where it is not tried again. */
export class Trouble extends Error {
  readonly retry: boolean;
  readonly wait: number | undefined;

  /** `problem` completes "… could not be read: ". */
  constructor(
    readonly problem: string,
    readonly options: TroubleOptions = {},
  ) {
    super(problem, { cause: options.cause });
    this.retry = options.retry ?? false;
    this.wait = options.wait;
  }

  /** The error for people, after `tries` failures in a row. */
  asLoadError(subject: Subject, tries: number): LoadError {
    const often = tries > 1 ? `, ${tries} times in a row` : '';
    const kept =
      subject.file && this.retry ? ' What arrived is kept, so that loading goes on from there.' : '';
    return new LoadError(
      `${subject.name} could not be read from the Hub: ${this.problem}${often}.${kept} ${this.options.remedy ?? TRY_LATER}`,
      { ...this.options.data, ...(subject.file && { file: subject.file }), page: subject.page },
      { cause: this.options.cause },
    );
  }
}

export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

export function offlineError(subject: Subject): LoadError {
  const kept = subject.file ? ' What arrived so far is kept.' : '';
  return new LoadError(
    `You are offline, and ${subject.name} is not (or not completely) kept on this device.${kept} Connect to the internet and load again.`,
    { offline: true, ...(subject.file && { file: subject.file }) },
  );
}

/** What an answer other than 200 and 206 means. */
export function refusal(response: Response, subject: Subject): Trouble {
  const { status } = response;
  const code = response.headers.get('x-error-code');
  const data = { status, ...(code && { code }) };
  if (status === 401 || status === 403)
    return new Trouble(
      `it answers ${status}. The repository is gated or private, or there is none of this name, and Normless sends no token`,
      {
        remedy: `Check the name and open ${subject.page}; where you may see it, download the files there and load them from disk.`,
        data,
      },
    );
  if (status === 404)
    return new Trouble(`it has no such ${missing(code, subject)} (404)`, {
      remedy: `Check the name at ${subject.page}.`,
      data,
    });
  if (status === 416)
    return new Trouble('the file is shorter than its repository says', {
      remedy: `Look at ${subject.page}, or load again later.`,
      data,
    });
  if (status === 429)
    return new Trouble('it is asked too often (429)', {
      retry: true,
      wait: retryAfter(response),
      remedy: 'Wait a few minutes and load again.',
      data,
    });
  if (status === 408 || status >= 500)
    return new Trouble(`it answers ${status}`, {
      retry: true,
      wait: retryAfter(response),
      remedy: 'Wait a moment and load again.',
      data,
    });
  return new Trouble(`it answers ${status}`, {
    remedy: `Look at ${subject.page}, or load again later.`,
    data,
  });
}

function missing(code: string | null, subject: Subject): string {
  if (code === 'RepoNotFound') return 'repository';
  if (code === 'RevisionNotFound') return 'revision';
  return code === 'EntryNotFound' || subject.file ? 'file at this revision' : 'repository or revision';
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header.trim()) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
