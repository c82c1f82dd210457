/** Decoding token by token says what a forward pass over the whole text says, on whichever backend. */

import { expect, test } from 'vitest';
import { largestDifference, loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { Decoder } from './decoder.ts';
import type { Model } from './model.ts';
import { inTurn } from './runTogether.ts';

const FORMS = ['layer', 'lnfree', 'untied'] as const;
const TOLERANCE = 1e-4; // f32 sums in another order

/** What a whole pass says after the last token: its logits there, log-sum-exp, entropy, and the ids by falling logit. */
async function whole(model: Model, tokens: readonly number[]) {
  const cache = await model.run([tokens], ['logits']);
  const { ops } = cache;
  const logits = cache.get('logits');
  const lse = ops.logSumExp(logits);
  const [all, totals, entropies] = await ops.read([logits, lse, ops.entropy(logits, lse)]);
  cache.dispose();
  const row = all.slice(-model.config.dVocab);
  const ids = [...row.keys()].sort((a, b) => (row[b] as number) - (row[a] as number) || a - b);
  return { row, ids, lse: totals.at(-1) as number, entropy: entropies.at(-1) as number };
}

/** `open` is called once, when the tests run. */
export function decoderSuite(open: () => Promise<Backend>): void {
  let opened: Promise<Backend> | undefined;
  const load = async (form: (typeof FORMS)[number]) => {
    opened ??= open();
    return loadModel(await opened, memoryFiles(TINY_CHECKPOINTS[form]()));
  };

  test.each(FORMS.flatMap((form) => [1, 4].map((prefill) => [form, prefill] as const)))(
    '%s, after a prefill of %i: every step equals a whole pass',
    async (form, prefill) => {
      const model = await load(form);
      const decoder = new Decoder(model);
      decoder.prefill(TINY_TOKENS.slice(0, prefill));
      for (let fed = prefill; fed <= TINY_TOKENS.length; fed++) {
        const said = await decoder.next();
        const expected = await whole(model, TINY_TOKENS.slice(0, fed));
        expect(decoder.past).toBe(fed);
        expect(largestDifference(expected.row, await decoder.row())).toBeLessThan(TOLERANCE);
        expect([...said.ids]).toEqual(expected.ids);
        const sorted = Float32Array.from(expected.ids, (id) => expected.row[id] as number);
        expect(largestDifference(sorted, said.logits)).toBeLessThan(TOLERANCE);
        expect(Math.abs(said.lse - expected.lse)).toBeLessThan(TOLERANCE);
        expect(Math.abs(said.entropy - expected.entropy)).toBeLessThan(TOLERANCE);
        const next = TINY_TOKENS[fed];
        if (next !== undefined) decoder.step(next);
      }
      decoder.dispose();
    },
  );

  test('several tokens may be fed after others, and two arms in turn do not mix', async () => {
    const models = [await load('layer'), await load('lnfree')];
    const decoders = models.map((model) => new Decoder(model, 8, { listed: 3 }));
    for (const part of [TINY_TOKENS.slice(0, 3), TINY_TOKENS.slice(3, 6)])
      inTurn(decoders.map((decoder) => decoder.feed(part)));
    const said = await Promise.all(decoders.map((decoder) => decoder.next()));
    for (const [i, model] of models.entries()) {
      const expected = await whole(model, TINY_TOKENS.slice(0, 6));
      expect([...(said[i]?.ids ?? [])]).toEqual(expected.ids.slice(0, 3));
      expect(largestDifference(expected.row, (await decoders[i]?.row()) as Float32Array)).toBeLessThan(
        TOLERANCE,
      );
    }
    for (const decoder of decoders) decoder.dispose();
  });

  test('what does not fit, or is no token, is refused by name and changes nothing', async () => {
    const model = await load('layer');
    const { nCtx, dVocab } = model.config;
    expect(() => new Decoder(model, nCtx + 1)).toThrow(`1 to ${nCtx}`);
    const decoder = new Decoder(model, 5);
    expect(() => decoder.prefill([])).toThrow('no tokens');
    expect(() => decoder.prefill([dVocab])).toThrow(`Token id ${dVocab}`);
    expect(() => decoder.prefill(TINY_TOKENS)).toThrow('room for 5. Shorten it, or make the decoder larger.');
    decoder.prefill(TINY_TOKENS.slice(0, 5));
    expect(() => decoder.step(1)).toThrow('The text has 6 tokens, but there is room for 5');
    const { ids } = await decoder.next();
    expect([...ids]).toEqual((await whole(model, TINY_TOKENS.slice(0, 5))).ids);
    decoder.dispose();

    const full = new Decoder(model);
    full.prefill(Array(nCtx).fill(1));
    expect(() => full.step(1)).toThrow(`room for ${nCtx}, all that this model reads`);
    full.dispose();
  });
}
