/** Answers of the mock Hub: CORS, ranges, and bodies that fail where they are told to. */

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { MockFile } from './files.ts';

/** As the Hub answers every origin; a page isolated by COEP can read it too. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'X-Repo-Commit,X-Error-Code,X-Error-Message,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export function head(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...CORS, ...headers });
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  head(response, status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A refusal as the Hub words it, with the code that tells a missing repository from a missing file. */
export function refuse(
  response: ServerResponse,
  status: number,
  code = '',
  retryAfter?: number | string,
): void {
  const headers = {
    ...(code && { 'X-Error-Code': code }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
  };
  sendJson(response, { error: code || `Status ${status}` }, headers, status);
}

/** [start, end) that `Range: bytes=a-b` asks for; null where there is none, 'bad' where the file has no such bytes. */
export function rangeOf(
  request: IncomingMessage,
  size: number,
): { start: number; end: number } | null | 'bad' {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return null;
  const start = Number(first);
  const end = last ? Math.min(Number(last) + 1, size) : size;
  return start < end ? { start, end } : 'bad';
}

/** Sends a file or the asked part of it, misbehaving as `fault` says. `served.bytes` counts what was written of it. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: MockFile,
  served: { bytes: number },
  fault?: Fault,
): Promise<void> {
  if (fault?.kind === 'html') {
    head(response, 200, { 'Content-Type': 'text/html' });
    response.end('<!doctype html><title>Sign in</title>');
    return;
  }
  const size = fault?.kind === 'truncate' ? fault.at : file.size;
  const asked = fault?.kind === 'ignore-range' ? null : rangeOf(request, size);
  if (asked === 'bad') {
    head(response, 416, { 'Content-Range': `bytes */${size}` });
    response.end();
    return;
  }
  const { start, end } = asked ?? { start: 0, end: size };
  const shift = fault?.kind === 'wrong-content-range' ? 1 : 0;
  head(response, asked ? 206 : 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(end - start),
    'Accept-Ranges': 'bytes',
    ...(asked && { 'Content-Range': `bytes ${start + shift}-${end - 1 + shift}/${size}` }),
  });
  await writeBody(response, file, { start, end }, served, fault);
}

async function writeBody(
  response: ServerResponse,
  file: MockFile,
  { start, end }: { start: number; end: number },
  served: { bytes: number },
  fault?: Fault,
): Promise<void> {
  const broken = fault?.kind === 'cut' || fault?.kind === 'stall' ? fault : undefined;
  response.flushHeaders();
  for (const chunk of file.chunks(start, broken?.at ?? end)) {
    const wrong = fault?.kind === 'wrong-byte' ? fault.at - start - served.bytes : -1;
    served.bytes += chunk.length;
    if (!response.write(withWrongByte(chunk, wrong))) await drained(response);
    if (response.destroyed) return;
  }
  if (!broken) response.end();
  // What was written must leave before the connection does, so that tests can count on the byte.
  else if (broken.kind === 'cut') setTimeout(() => response.destroy(), 20);
}

/** Resolves when more can be written, or when nobody listens any more. */
async function drained(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  await once(response, 'drain', { signal: gone.signal }).catch(() => {});
  response.off('close', leave);
}

function withWrongByte(chunk: Uint8Array, at: number): Uint8Array {
  if (at < 0 || at >= chunk.length) return chunk;
  const wrong = Uint8Array.from(chunk);
  wrong[at] = (wrong[at] ?? 0) ^ 1;
  return wrong;
}
