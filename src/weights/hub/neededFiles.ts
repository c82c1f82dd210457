/** Which files of a repository loading it takes. */

import { LoadError } from '../../base/errors.ts';
import { list } from '../byteSource.ts';
import { isObject, parseJson } from '../json.ts';
import { INDEX, isShardName, SINGLE } from '../weightFiles.ts';
import type { HubFile } from './hub.ts';
import type { Subject } from './trouble.ts';

/**
 * config.json, the weights (one file, or the index and the shards it names) and the tokenizer, of all files there are.
 * `readIndex` is asked for the index where there is one to read. LoadError where something needed is not there.
 */
export async function neededFiles(
  files: readonly HubFile[],
  subject: Subject,
  readIndex: (index: HubFile) => Promise<Uint8Array>,
): Promise<HubFile[]> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const there = (...paths: string[]) => paths.flatMap((path) => byPath.get(path) ?? []);
  if (!byPath.has('config.json'))
    throw lacks(subject, 'config.json', files, 'Check that it is a GPT-2 in Hugging Face’s layout.');
  const tokenizer = byPath.has('tokenizer.json')
    ? there('tokenizer.json')
    : there('vocab.json', 'merges.txt');
  const weights = there(SINGLE);
  if (weights.length) return [...there('config.json'), ...weights, ...tokenizer];
  const [index] = there(INDEX);
  if (!index)
    throw lacks(
      subject,
      SINGLE,
      files,
      'Normless reads safetensors only: ask its author for them, or convert it with save_pretrained and load it from disk.',
    );
  const names = shardNames(await readIndex(index), subject);
  const missing = names.filter((name) => !byPath.has(name));
  if (missing.length) throw lacks(subject, list(missing), files, 'Check that its author uploaded all of it.');
  return [...there('config.json'), index, ...there(...names), ...tokenizer];
}

/** The distinct files in the index's weight_map, in order. */
function shardNames(index: Uint8Array, subject: Subject): string[] {
  const { weight_map: map } = parseJson(index, `${INDEX} of ${subject.name}`);
  const names = isObject(map) ? [...new Set(Object.values(map))].sort() : [];
  const plain = names.filter(isShardName);
  if (names.length && plain.length === names.length) return plain;
  throw new LoadError(
    `${INDEX} of ${subject.name} does not say which files hold the weights. Look at ${subject.page}, or load another model.`,
    { file: INDEX },
  );
}

function lacks(subject: Subject, what: string, files: readonly HubFile[], remedy: string): LoadError {
  const there = files.length ? `there is ${list(files.map(({ path }) => path))}` : 'there are no files';
  return new LoadError(`${subject.name} has no ${what} (${there}). ${remedy}`, {
    missing: what,
    page: subject.page,
  });
}
