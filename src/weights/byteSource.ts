/** Where bytes come from: one interface for a bundled file, a file from disk, memory, and later the Hub and its cache. */

import { InputError, LoadError } from '../base/errors.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes [start, end) of a file, end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A stretch of a file that comes by. */
export interface Piece {
  /** Where in the file `bytes` begin. */
  readonly start: number;
  readonly bytes: Bytes;
}

/** One file that can be read in pieces. Failures are LoadErrors; an aborted call rejects with the signal's reason. */
export interface ByteSource {
  /** The file's name, as messages print it. */
  readonly name: string;
  /** Length in bytes. */
  size(signal?: AbortSignal): Promise<number>;
  /** Bytes [start, end), end exclusive, as a copy that the caller owns. Fewer come only where the file ends before. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Bytes>;
  /**
   * Reads forward once: pieces in the order of the file that cover every wanted range (ascending, apart) and maybe more.
   * For sources that must see all bytes anyway (a download that is kept and verified): they throw at the end where the
   * bytes were not the promised ones. Without it the wanted ranges are `read`.
   */
  stream?(wanted: readonly Range[], signal?: AbortSignal): AsyncIterable<Piece>;
}

/** The files of one checkpoint, by the names they have in a Hugging Face repository. */
export interface CheckpointFiles {
  /** Where they come from, for people. */
  readonly label: string;
  /** True where a person chose the files: then a missing one is an InputError, else a LoadError. */
  readonly picked: boolean;
  /** Every file there is. */
  readonly names: readonly string[];
  /** One of `names`; another one is a missing-file error. Opening moves no bytes. */
  open(name: string): ByteSource;
}

/** Reads bytes [start, end) and insists on all of them; LoadError where the file ends before `end`. */
export async function readExactly(
  source: ByteSource,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Bytes> {
  const bytes = await source.read(start, end, signal);
  if (bytes.length === end - start) return bytes;
  throw new LoadError(
    `${source.name} ends early: bytes ${start} to ${end} were asked for and ${bytes.length} came. Download or copy the file again.`,
    { file: source.name, start, end, received: bytes.length },
  );
}

/** The error for files a checkpoint needs and does not have; it names them and what there is. */
export function missingFiles(
  files: Pick<CheckpointFiles, 'label' | 'picked' | 'names'>,
  missing: readonly string[],
): Error {
  const there = files.names.length ? `there is ${list(files.names)}` : 'there are no files';
  const data = { missing, names: files.names };
  const sentence = `${files.label} lacks ${list(missing)} (${there}).`;
  if (files.picked) return new InputError(`${sentence} Pick all files of the checkpoint together.`, data);
  return new LoadError(`${sentence} Check that the checkpoint is complete and load it again.`, data);
}

/** `a, b and 3 more`. */
export function list(names: readonly string[], limit = 5): string {
  const shown = names.slice(0, limit).join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}
