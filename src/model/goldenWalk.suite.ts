/** The golden walk, the same on every engine: every hook of every golden run, the first bad one named. */

import { describe, expect, test } from 'vitest';
import {
  GOLDEN_ARMS,
  type Golden,
  loadGoldenModel,
  loadModel,
  type ModelHome,
  ofPrompt,
  readGolden,
  walkHooks,
} from '../../tools/golden.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { memoryFiles } from '../weights/memory.ts';
import { TINY_GOLDEN } from './fixtures/tiny.ts';

export function goldenWalkSuite(open: () => Promise<ModelHome>): void {
  describe('the committed two-layer model, every hook against float64', () => {
    test.each(['layer', 'lnfree', 'untied'] as const)('%s', async (form) => {
      const model = await loadModel(await open(), memoryFiles(TINY_CHECKPOINTS[form]()));
      const response = await fetch(TINY_GOLDEN[form]);
      const golden = await readGolden(new Uint8Array(await response.arrayBuffer()));
      const walk = await walkHooks(model, TINY_TOKENS, golden);
      expect(walk.first).toBeNull();
      expect(walk.hooks).toBe(2 + 2 * 18 + 3); // every hook there is, the opt-in one included
    });
  });

  describe.skipIf(!hasShared)('the golden models, every hook of shared/golden', () => {
    test.each(GOLDEN_ARMS)('%s', async (arm) => {
      const model = await loadGoldenModel(await open(), arm);
      const golden: Golden = await readGolden(await readShared(`golden/${arm}.safetensors`));
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      let hooks = 0;
      let worst = { hook: '', difference: 0 };
      for (const [prompt, tokens] of Object.entries(prompts)) {
        const walk = await walkHooks(model, tokens, ofPrompt(golden, prompt));
        expect(walk.first, `${arm}, prompt ${prompt}`).toBeNull();
        hooks += walk.hooks;
        if (walk.worst.difference > worst.difference) worst = walk.worst;
      }
      expect(hooks).toBe(golden.size);
      console.log(
        `${arm}: ${hooks} activations, largest difference ${worst.difference.toExponential(1)} (${worst.hook})`,
      );
      model.park();
    });
  });
}
