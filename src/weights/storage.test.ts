/** What 8 bits may cost on models that people really open. */

import { expect, test } from 'vitest';
import { GOLDEN_ARMS } from '../../tools/golden.ts';
import { hasShared } from '../../tools/readShared.ts';
import { goldenSubjects, storageErrors } from '../../tools/storageError.ts';
import { must } from '../base/assert.ts';

/** On the CPU twin, three storages of three models: seconds, but more of them where much else is going on. */
const TIMEOUT = 180_000;

test.skipIf(!hasShared).each(GOLDEN_ARMS)(
  'golden, %s in 8 bits predicts the same tokens on the golden prompts, and in f16 the very same logits',
  async (arm) => {
    const subject = must(
      goldenSubjects().find(({ name }) => name === `golden, ${arm}`),
      arm,
    );
    const { f16, q8 } = await storageErrors(subject);
    expect(q8.positions).toBe(123);
    expect(q8.top1).toBeGreaterThanOrEqual(0.99);
    expect(q8.rms).toBeGreaterThan(0); // or 8 bits were not what was compared
    expect(q8.rms).toBeLessThan(0.1); // twice what was measured (docs/science.md)
    expect(q8.kl).toBeLessThan(5e-4);
    expect(f16.max).toBe(0); // their files are F16
  },
  TIMEOUT,
);
