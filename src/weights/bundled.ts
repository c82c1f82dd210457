/** Checkpoint files served beside the app: each is fetched whole, once, with progress, and kept while its source lives. */

import { LoadError } from '../base/errors.ts';
import { type ByteSource, type Bytes, type CheckpointFiles, missingFiles } from './byteSource.ts';

export interface BundledOptions {
  /** The files the folder has. Default: config.json, model.safetensors, tokenizer.json. */
  names?: readonly string[];
  /** Bytes received of one file; `total` is null where the server does not say. */
  onProgress?: (file: string, received: number, total: number | null) => void;
  /** For tests. */
  fetch?: (url: URL, init: RequestInit) => Promise<Response>;
}

const DEFAULT_NAMES = ['config.json', 'model.safetensors', 'tokenizer.json'];

/**
 * The checkpoint in the folder `base` (absolute URL). No Range request is made, so any static server will do.
 * Meant for the small embedded models and for one load: drop the object afterwards and the bytes go with it.
 * Concurrent readers of a file share one fetch, which the first reader's signal aborts; after a failure the next read fetches anew.
 */
export function bundledFiles(base: URL | string, options: BundledOptions = {}): CheckpointFiles {
  const folder = new URL(String(base).replace(/\/?$/, '/'));
  const self = { label: folder.href, picked: false, names: options.names ?? DEFAULT_NAMES };
  const opened = new Map<string, ByteSource>();
  return {
    ...self,
    open(name) {
      if (!self.names.includes(name)) throw missingFiles(self, [name]);
      const source = opened.get(name) ?? fetchedSource(new URL(name, folder), name, options);
      opened.set(name, source);
      return source;
    },
  };
}

function fetchedSource(url: URL, name: string, options: BundledOptions): ByteSource {
  let whole: Promise<Bytes> | undefined;
  async function bytes(signal?: AbortSignal): Promise<Bytes> {
    signal?.throwIfAborted();
    whole ??= download(url, name, options, signal).catch((error: unknown) => {
      whole = undefined;
      throw error;
    });
    return whole;
  }
  return {
    name,
    size: async (signal) => (await bytes(signal)).length,
    read: async (start, end, signal) => (await bytes(signal)).slice(start, end),
  };
}

async function download(
  url: URL,
  name: string,
  options: BundledOptions,
  signal?: AbortSignal,
): Promise<Bytes> {
  const failed = (problem: string, cause?: unknown) =>
    new LoadError(
      `${name} could not be loaded from ${url.href}: ${problem}`,
      { file: name, url: url.href },
      { cause },
    );
  try {
    const request = options.fetch ?? fetch;
    const response = await request(url, signal ? { signal } : {});
    if (!response.ok) throw failed(`the server answered ${response.status}. ${remedy(response.status)}`);
    if (response.headers.get('content-type')?.startsWith('text/html'))
      throw failed(
        'the server sent a web page in place of the file. Check that the folder was deployed with the app.',
      );
    const total = expectedLength(response);
    const bytes = await collect(response, (received) => options.onProgress?.(name, received, total));
    if (total !== null && bytes.length !== total)
      throw failed(`${bytes.length} of ${total} bytes came. Load it again.`);
    return bytes;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LoadError) throw error;
    throw failed(
      'the connection failed. Check that the server is running and you are online, then load it again.',
      error,
    );
  }
}

function remedy(status: number): string {
  if (status === 404) return 'Check that the folder was deployed with the app.';
  if (status === 429 || status >= 500) return 'Wait a moment and load it again.';
  return 'Check that the server lets this page read the file.';
}

/** Content-Length, where it counts the bytes we will see: with a Content-Encoding it counts the compressed ones. */
function expectedLength(response: Response): number | null {
  const header = response.headers.get('content-length');
  if (header === null || response.headers.has('content-encoding')) return null;
  const length = Number(header);
  return Number.isSafeInteger(length) ? length : null;
}

async function collect(response: Response, onReceived: (received: number) => void): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  const reader = response.body?.getReader();
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    chunks.push(step.value);
    received += step.value.length;
    onReceived(received);
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
