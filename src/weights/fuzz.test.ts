import { expect, test } from 'vitest';
import { soak } from '../../tools/soak.ts';
import { must } from '../base/assert.ts';
import { InputError, LoadError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import { loadHostParams } from './convert.ts';
import { type Files, file } from './damage.ts';
import { memoryFiles } from './memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from './testing.ts';

/** Changes a few bytes, inserts, removes or cuts, mostly where the structure is: the first kilobytes. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = (length: number) => Math.floor(random() ** 3 * length);
  let result = Uint8Array.from(bytes);
  for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
    const where = at(result.length);
    const kind = random();
    if (kind < 0.6) result[where] = Math.floor(random() * 256);
    else if (kind < 0.75)
      result[where] = 0x30 + Math.floor(random() * 10); // a digit: offsets and shapes that still parse
    else if (kind < 0.85)
      result = Uint8Array.from([...result.subarray(0, where), 0x39, ...result.subarray(where)]);
    else if (kind < 0.95)
      result = Uint8Array.from([...result.subarray(0, where), ...result.subarray(where + 1)]);
    else result = result.slice(0, where);
  }
  return result;
}

test('random damage gives one of our errors or a model, never anything else', async () => {
  const cases = soak(200);
  const outcomes = { loaded: 0, refused: 0 };
  const forms: TinyCheckpointOptions[] = [
    {},
    { shards: 2, masks: true },
    { form: 'lnfree-2025', dtype: 'F16' },
    { tied: false, dtype: 'BF16', prefix: false },
  ];
  for (let seed = 1; seed <= cases; seed++) {
    const random = mulberry32(seed);
    const files: Files = makeTinyCheckpoint({ ...forms[seed % forms.length], nLayers: 1 });
    const names = [...files.keys()];
    const name = must(names[Math.floor(random() * names.length)], 'a file');
    files.set(name, mutate(file(files, name), random));
    const dtype = seed % 2 ? 'f32' : 'f16';
    try {
      await loadHostParams(memoryFiles(files), { dtype });
      outcomes.loaded++;
    } catch (error) {
      if (!(error instanceof LoadError || error instanceof InputError))
        throw new Error(`seed ${seed}, ${name}`, { cause: error });
      outcomes.refused++;
    }
  }
  expect(outcomes.loaded).toBeGreaterThan(cases / 50);
  expect(outcomes.refused).toBeGreaterThan(cases / 5);
});
