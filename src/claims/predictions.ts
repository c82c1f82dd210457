/** Claims 15 to 21, 27 and 28: what the real GPT-2 says to prompts whose answers were published, and how it does on a text. */

import type { ArmInfo, Edit } from '../engine/api.ts';
import type { Asking } from './asking.ts';
import { besides, greaterThan, lessThan, plain, same } from './figures.ts';
import { COLOSSEUM, EIFFEL, FLYING_MACHINE, HELLO, IDS, IOI, MILK, THE_DOG } from './prompts.ts';
import {
  HEAD_TERMS,
  HELLO_LOSS,
  IOI_DIFFERENCES,
  IOI_MEAN,
  IOI_SIGMAS,
  MILK_ANSWERS,
  WITHOUT_L9H9,
  XL_PLACES,
} from './publishedNumbers.ts';
import { publishedFor, type Released } from './released.ts';
import type { Claim, Figure, Measurement } from './types.ts';
import { mean } from './vectors.ts';

const TRANSFORMER_LENS = 'TransformerLens, demos and tests';
const NEW_ON_OTHERS =
  'Nothing is published for the other arms: there the numbers are new measurements, held against nothing.';

/** What 32-bit numbers may differ by, and what matrices kept in fewer bits may. */
const within = ({ dtype }: ArmInfo, f32: number, fewer: number): number => (dtype === 'f32' ? f32 : fewer);

/** GPT-2 small's strongest name mover silenced where the answer is said. */
const WITHOUT: Edit = { kind: 'zero', site: 'blocks.9.attn.hook_z', head: 9, position: -1 };

/** What was published for GPT-2 small as OpenAI released it. */
const ofSmall = <T>(arm: ArmInfo, value: T): T | null => publishedFor(arm, { 'small/original': value });

export const predictions: readonly Claim[] = [
  {
    id: 15,
    group: 'predictions',
    kind: 'measurement',
    title: 'Greedy texts of GPT-2 small',
    statement:
      '“The dog” goes on “was found in a field near the intersection of West and West Streets.” and “The flying machine” is “a small, lightweight, and lightweight aircraft …”.',
    published: [{ says: 'token for token', source: 'Hugging Face transformers, tests/models/gpt2' }],
    setting: 'greedy, no BOS, 18 and 17 tokens (the second from a left-padded batch)',
    here: 'Greedy (temperature 0), no BOS, never stopping at the end of text.',
    notes: [NEW_ON_OTHERS, 'With matrices kept in fewer bits than 32 a near tie may fall the other way.'],
    needs: { norms: [], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const figures: Figure[] = [];
      for (const [title, { ids, goesOn }] of Object.entries({
        'The dog': THE_DOG,
        'The flying machine': FLYING_MACHINE,
      })) {
        const { arms } = await asking.generate({
          tokens: ids,
          maxTokens: goesOn.length,
          temperature: 0,
          stop: [],
        });
        for (const arm of asking.arms) {
          const { text, tokens } = asking.pick(arms, arm.id);
          const written = tokens.map(({ id }) => id).join(' ');
          figures.push(plain({ arm: arm.id, what: `“${title}” goes on` }, text ?? written));
          const published = ofSmall(arm, goesOn.join(' '));
          if (published)
            figures.push(same({ arm: arm.id, what: 'the same as token ids' }, written, published));
        }
      }
      return { figures, on: '“The dog” and “The flying machine”, as ids' };
    },
  },
  {
    id: 16,
    group: 'predictions',
    kind: 'measurement',
    title: 'Loss of “Hello world!”',
    statement: 'GPT-2 small’s mean loss on “Hello world!” after BOS is 5.331856 nats.',
    published: [{ says: '5.331856 ± 4e-5', source: TRANSFORMER_LENS }],
    setting: 'BOS + 3 tokens, mean of 3 predictions',
    here: 'The same ids; mean loss over the 3 predictions, in nats.',
    notes: [NEW_ON_OTHERS, 'The tolerance is the test’s own for 32-bit numbers, 0.02 for fewer bits.'],
    needs: { norms: [], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const { arms } = await asking.analyze('token-stats', { tokens: HELLO });
      const figures = asking.arms.map((arm) => {
        const named = { arm: arm.id, what: 'mean loss', unit: 'nats' };
        const loss = mean(asking.pick(arms, arm.id).loss.data);
        return besides(named, loss, ofSmall(arm, HELLO_LOSS), within(arm, 4e-5, 0.02));
      });
      return { figures, on: 'BOS + “Hello world!”, 4 ids' };
    },
  },
  {
    id: 17,
    group: 'predictions',
    kind: 'measurement',
    title: 'A bottle of milk to Mary',
    statement:
      'After “After John and Mary went to the store, John gave a bottle of milk to” GPT-2 small says “ Mary” with 70 %.',
    published: [
      {
        says: '“ Mary” 70.07 %, logit 18.09; “ the” 4.67 %, “ John” 4.54 %, “ them” 4.11 %, “ his” 2.73 %',
        source: TRANSFORMER_LENS,
      },
    ],
    setting: 'BOS + prompt, last position, logits centred over the vocabulary',
    here: 'The same ids; centred logits.',
    notes: [NEW_ON_OTHERS],
    needs: { norms: [], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const score = MILK_ANSWERS.map(({ id }) => id);
      const { arms } = await asking.analyze('predictions', { tokens: MILK, k: 1, score });
      const figures = asking.arms.flatMap((arm): Figure[] => {
        const { asked = [], top } = asking.pick(arms, arm.id);
        const likeliest = { arm: arm.id, what: 'likeliest token' };
        const first = top[0]?.piece ?? '';
        return [
          ofSmall(arm, true) ? same(likeliest, first, ' Mary') : plain(likeliest, first),
          ...MILK_ANSWERS.flatMap(({ token, percent, logit }, i): Figure[] => {
            const { prob = Number.NaN, centeredLogit = Number.NaN } = asked[i] ?? {};
            return [
              besides(
                { arm: arm.id, what: `“${token}”`, unit: '%' },
                100 * prob,
                ofSmall(arm, percent),
                within(arm, 0.05, 1),
              ),
              besides(
                { arm: arm.id, what: `“${token}”, centred logit`, unit: 'logits' },
                centeredLogit,
                ofSmall(arm, logit),
                within(arm, 0.02, 0.15),
              ),
            ];
          }),
        ];
      });
      return { figures, on: 'BOS + the prompt, 17 ids' };
    },
  },
  {
    id: 18,
    group: 'predictions',
    kind: 'measurement',
    title: 'Eight IOI prompts',
    statement:
      'On TransformerLens’s eight prompts GPT-2 small prefers the right name by 3.55 logits on average.',
    published: [
      {
        says: '3.337, 3.202, 2.709, 3.797, 1.720, 5.281, 2.601, 5.767; mean 3.552; corrupted −3.552',
        source: TRANSFORMER_LENS,
      },
    ],
    setting: 'BOS + 14 tokens each, logit of the name that belongs there − logit of the name said twice',
    here: 'The same ids, last position. The corrupted prompts are the same eight with the names changed over, so their mean is the negative by definition.',
    notes: [NEW_ON_OTHERS],
    needs: { norms: [], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const differences = await overIoi(asking, async (arm, { tokens, answer, subject }) => {
        const request = { tokens: [...tokens], arms: [arm.id], score: [answer, subject], k: 1 };
        const { asked = [] } = asking.pick((await asking.analyze('predictions', request)).arms, arm.id);
        return (asked[0]?.logit ?? Number.NaN) - (asked[1]?.logit ?? Number.NaN);
      });
      return ioiFigures(differences, 'logit difference', 'logits', IOI_DIFFERENCES, IOI_MEAN, [0.005, 0.1]);
    },
  },
  {
    id: 19,
    group: 'predictions',
    kind: 'measurement',
    title: 'Self-repair is not LayerNorm’s scale',
    statement:
      'Removing GPT-2 small’s strongest name mover costs far less than its attribution says, and the final scale hardly moves: most of the repair is done elsewhere.',
    published: [
      {
        says: 'σ at END: 19.57, 18.35, 18.29, 18.68, 17.49, 18.87, 16.42, 18.68; mean attribution of L9H9 2.99',
        source: TRANSFORMER_LENS,
      },
      {
        says: 'L9H9’s z set to zero at END: mean difference 3.55 → 2.92, σ falls by a factor of 1.042',
        source: TRANSFORMER_LENS,
      },
    ],
    setting: 'the eight prompts of claim 18',
    here: 'σ of the final norm and L9H9’s attribution (frozen σ, value biases folded) at the last position; then z of L9H9 set to zero there and everything after it computed anew, σ included.',
    notes: [NEW_ON_OTHERS],
    needs: { norms: ['layer'], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const scaleOf = async (arm: ArmInfo, tokens: readonly number[], edits: readonly Edit[]) => {
        const read = await asking.activations(arm.id, tokens, ['ln_final.hook_scale'], edits);
        return read('ln_final.hook_scale').at(-1) ?? Number.NaN;
      };
      const measured = await overIoi(asking, (arm, { tokens }) => scaleOf(arm, tokens, []));
      const scales = ioiFigures(measured, 'final σ', '', IOI_SIGMAS, mean(IOI_SIGMAS), [0.02, 0.1]);
      const small = measured.filter(({ arm }) => arm.config?.nLayers === 12);
      for (const { arm, values } of small) {
        const shares: number[] = [];
        const edited: number[] = [];
        const ratios: number[] = [];
        for (const [i, { tokens, answer, subject }] of IOI.entries()) {
          const heads = await headTerms(asking, arm, [...tokens], answer, subject);
          shares.push(heads.get('L9H9') ?? Number.NaN);
          const question = { tokens: [...tokens], arms: [arm.id], target: answer, contrast: subject };
          const { arms } = await asking.analyze('edit-effects', { ...question, edits: [WITHOUT] });
          edited.push(asking.pick(arms, arm.id).edited);
          ratios.push((values[i] as number) / (await scaleOf(arm, tokens, [WITHOUT])));
        }
        const figure = (what: string, unit: string, value: number, published: number, off: number) =>
          besides({ arm: arm.id, what, unit }, value, ofSmall(arm, published), within(arm, off, 5 * off));
        scales.figures.push(
          figure('mean attribution of L9H9', 'logits', mean(shares), 2.99, 0.02),
          figure('mean difference without L9H9', 'logits', mean(edited), WITHOUT_L9H9.mean, 0.01),
          figure('σ ÷ σ without L9H9, mean', '', mean(ratios), WITHOUT_L9H9.scaleRatio, 0.002),
        );
      }
      return scales;
    },
  },
  {
    id: 20,
    group: 'predictions',
    kind: 'measurement',
    title: 'Attributions of the first IOI prompt',
    statement:
      'Who pushes “ Mary” over “ John” in GPT-2 small: the name movers L9H9 and L9H6 for it, L10H7 and two late heads against.',
    published: [
      {
        says: 'L9H9 +1.9583, L9H6 +1.6281, L10H7 −1.4267, L11H1 −0.9117, L11H10 −0.9042, L10H0 +0.6370, L10H10 +0.4524, L8H10 +0.4264; all terms add up to 3.337',
        source: TRANSFORMER_LENS,
      },
      {
        says: 'neurons: L11N611 +0.3188 on “ Mary”, L11N621 −0.4359 on “ John”, L10N2214 +0.4369 on “ the”',
        source: TRANSFORMER_LENS,
      },
    ],
    setting: 'prompt 1 of claim 18, last position, frozen σ, value biases folded',
    here: 'The same; single tokens centred over the vocabulary.',
    notes: [
      NEW_ON_OTHERS,
      'The source of the neurons’ values does not state their gauge, so they are shown and not held against it.',
    ],
    needs: { norms: [], gpt2Vocabulary: true, about: 'small/original' },
    measure: async (asking) => {
      const neurons = [
        ['L11N611', IDS.Mary, ' Mary'],
        ['L11N621', IDS.John, ' John'],
        ['L10N2214', IDS.the, ' the'],
      ] as const;
      const tokens = [...(IOI[0]?.tokens ?? [])];
      const figures: Figure[] = [];
      for (const arm of asking.arms) {
        const heads = await headTerms(asking, arm, tokens, IDS.Mary, IDS.John);
        for (const [label, value] of Object.entries(HEAD_TERMS)) {
          const found = heads.get(label);
          if (found === undefined) continue; // fewer layers or heads than GPT-2 small
          const named = { arm: arm.id, what: label, unit: 'logits' };
          figures.push(besides(named, found, ofSmall(arm, value), within(arm, 2e-3, 0.05)));
        }
        const sum = [...heads.values()].reduce((total, v) => total + v, 0);
        const all = { arm: arm.id, what: 'sum of all terms', unit: 'logits' };
        figures.push(besides(all, sum, ofSmall(arm, IOI_DIFFERENCES[0]), within(arm, 5e-3, 0.1)));
        for (const [label, target, word] of neurons) {
          const { terms } = asking.pick(
            (await asking.analyze('dla', { tokens, arms: [arm.id], target, unit: 'neuron' })).arms,
            arm.id,
          );
          const found = terms.find((term) => term.label === label);
          if (found)
            figures.push(plain({ arm: arm.id, what: `${label} on “${word}”`, unit: 'logits' }, found.value));
        }
      }
      return { figures, on: 'BOS + “When John and Mary went to the shops, John gave the bag to”, 15 ids' };
    },
  },
  {
    id: 21,
    group: 'predictions',
    kind: 'measurement',
    title: 'Paris and Rome in GPT-2 XL',
    statement: 'GPT-2 XL knows where the Eiffel Tower and the Colosseum are.',
    published: [
      {
        says: '“ Paris” 95.80 % (centred logit 20.73), then “ E” 1.39 %; Paris − Rome 10.6345, of the Colosseum −8.9884',
        source: TRANSFORMER_LENS,
      },
    ],
    setting: 'BOS + “The Eiffel Tower | The Colosseum is located in the city of”, last position',
    here: 'The same ids.',
    notes: ['Published for GPT-2 XL only: on smaller models the numbers are held against nothing.'],
    needs: { norms: [], gpt2Vocabulary: true, about: 'xl/original' },
    measure: async (asking) => {
      const ofXl = <T>(arm: ArmInfo, value: T): T | null => publishedFor(arm, { 'xl/original': value });
      const score = [IDS.Paris, IDS.Rome];
      const eiffel = await asking.analyze('predictions', { tokens: EIFFEL, k: 2, score });
      const colosseum = await asking.analyze('predictions', { tokens: COLOSSEUM, k: 2, score });
      const figures = asking.arms.flatMap((arm): Figure[] => {
        const [paris, rome] = asking.pick(eiffel.arms, arm.id).asked ?? [];
        const [paris2, rome2] = asking.pick(colosseum.arms, arm.id).asked ?? [];
        if (!paris || !rome || !paris2 || !rome2) return [];
        const second = asking.pick(eiffel.arms, arm.id).top[1];
        const named = (what: string, unit: string) => ({ arm: arm.id, what, unit });
        return [
          besides(
            named('“ Paris”', '%'),
            100 * paris.prob,
            ofXl(arm, XL_PLACES.paris.percent),
            within(arm, 0.05, 1),
          ),
          besides(
            named('“ Paris”, centred logit', 'logits'),
            paris.centeredLogit,
            ofXl(arm, XL_PLACES.paris.logit),
            within(arm, 0.02, 0.15),
          ),
          besides(
            { ...named('second most likely', '%'), at: `“${second?.piece ?? ''}”` },
            100 * (second?.prob ?? Number.NaN),
            ofXl(arm, XL_PLACES.second.percent),
            within(arm, 0.05, 1),
          ),
          besides(
            named('Paris − Rome, Eiffel Tower', 'logits'),
            paris.logit - rome.logit,
            ofXl(arm, XL_PLACES.eiffel),
            within(arm, 0.005, 0.15),
          ),
          besides(
            named('Paris − Rome, Colosseum', 'logits'),
            paris2.logit - rome2.logit,
            ofXl(arm, XL_PLACES.colosseum),
            within(arm, 0.005, 0.15),
          ),
        ];
      });
      return { figures, on: 'BOS + the two prompts, 12 ids each' };
    },
  },
  {
    id: 27,
    group: 'predictions',
    kind: 'measurement',
    title: 'Without LayerNorm surer than it should be',
    statement:
      'The original is the least sure, the LN-free model at least as sure as its fine-tuned control; the LN-free model’s entropy falls below its loss, so it is overconfident, and its calibration is worst.',
    published: [
      {
        says: 'small: entropy 3.053 > 2.801 > 2.794, ECE 0.0193 < 0.0263 < 0.0354, loss 2.964, 2.984, 3.049 (original, vanilla, LN-free)',
        source: 'repo inference_analysis, ci_statistics.csv',
      },
      { says: 'medium: entropy 2.864, 2.586, 2.532, ECE 0.0194, 0.0223, 0.0340', source: 'the same' },
    ],
    setting: '1000 sequences of 512 tokens of Pile-filtered, no BOS',
    here: 'Means over every scored token of the text given above, no BOS, in nats; ECE over 10 bins. The order is held against the published one for the released models; the numbers themselves need that corpus.',
    notes: [
      '⚠ The code adds 1e-10 to every probability before the logarithm, which caps its losses at 23.03; here nothing is capped, and outliers are counted apart.',
    ],
    needs: { norms: [], text: true },
    measure: (asking) =>
      onText(asking, (arms) => {
        const figures = arms.flatMap(({ arm, entropy, loss, ece }): Figure[] => [
          plain({ arm: arm.id, what: 'mean entropy', unit: 'nats' }, entropy),
          plain({ arm: arm.id, what: 'expected calibration error' }, ece),
          published(arm, ['small/lnfree', 'medium/lnfree'])
            ? lessThan({ arm: arm.id, what: 'entropy less loss', unit: 'nats' }, entropy - loss, 0)
            : plain({ arm: arm.id, what: 'entropy less loss', unit: 'nats' }, entropy - loss),
        ]);
        const original = arms.find(({ arm }) => published(arm, ['small/original', 'medium/original']));
        const free = arms.find(({ arm }) => published(arm, ['small/lnfree', 'medium/lnfree']));
        if (original && free)
          figures.push(
            greaterThan(
              { arm: null, what: 'entropy, original less LN-free', unit: 'nats' },
              original.entropy - free.entropy,
              0,
            ),
          );
        return figures;
      }),
  },
  {
    id: 28,
    group: 'predictions',
    kind: 'measurement',
    title: 'What removing LayerNorm costs',
    statement: 'The loss that is left over after removing LayerNorm is small: a few hundredths of a nat.',
    published: [
      {
        says: 'OpenWebText: small 3.1006 / 3.0126 / 3.0797, medium 2.8145 / 2.7390 / 2.7642, large 2.6623 / 2.6240 / 2.6384, XL 2.5567 / 2.4799 / 2.5052',
        source: 'paper table 1 (original / vanilla / LN-free)',
      },
      {
        says: 'Pile-filtered: small 2.7899 / 2.8112 / 2.8757, medium 2.5390 / 2.5724 / 2.6352, large 2.4347 / 2.5074 / 2.5159, XL 2.3739 / 2.3821 / 2.3992',
        source: 'the same',
      },
    ],
    setting:
      'mean loss in nats per token, windows of 1024, no BOS; 4.5 million tokens of OpenWebText, 10 million of Pile-filtered',
    here: 'Mean loss over every scored token of the text given above, windows of 1024 or as many as the model reads, no BOS; outliers left out and counted. A short text of another kind has another loss, so nothing is held against it.',
    notes: [
      'The bracketed gaps of the paper are LN-free less the best of the three.',
      'XL without LayerNorm explodes on some control characters (mean loss 130 on the unfiltered Pile): outliers are counted apart.',
    ],
    needs: { norms: [], text: true },
    measure: (asking) =>
      onText(asking, (arms) => {
        const best = Math.min(...arms.map(({ loss }) => loss));
        return arms.flatMap(({ arm, loss, interval, outliers }): Figure[] => [
          plain({ arm: arm.id, what: 'mean loss', unit: 'nats', ...(interval && { interval }) }, loss),
          plain({ arm: arm.id, what: 'less the best of the arms', unit: 'nats' }, loss - best),
          plain({ arm: arm.id, what: 'outliers left out', unit: 'tokens' }, outliers),
        ]);
      }),
  },
];

const published = (arm: ArmInfo, which: readonly Released[]): boolean =>
  publishedFor(arm, Object.fromEntries(which.map((each) => [each, true]))) === true;

/** One number for every arm at hand and every one of the eight prompts. */
async function overIoi(
  asking: Asking,
  one: (arm: ArmInfo, prompt: (typeof IOI)[number]) => Promise<number>,
): Promise<{ arm: ArmInfo; values: number[] }[]> {
  const result: { arm: ArmInfo; values: number[] }[] = [];
  const total = asking.arms.length * IOI.length;
  for (const arm of asking.arms) {
    const values: number[] = [];
    for (const prompt of IOI) {
      asking.step(result.length * IOI.length + values.length, total, `the eight prompts on ${arm.id}`);
      values.push(await one(arm, prompt));
    }
    result.push({ arm, values });
  }
  return result;
}

function ioiFigures(
  measured: readonly { arm: ArmInfo; values: number[] }[],
  what: string,
  unit: string,
  numbers: readonly number[],
  average: number,
  [f32, fewer]: readonly [number, number],
): Measurement {
  const figures = measured.flatMap(({ arm, values }): Figure[] => [
    ...values.map((value, i) =>
      besides(
        { arm: arm.id, what: `${what}, prompt ${i + 1}`, unit },
        value,
        ofSmall(arm, numbers[i] as number),
        within(arm, f32, fewer),
      ),
    ),
    besides(
      { arm: arm.id, what: `${what}, mean`, unit },
      mean(values),
      ofSmall(arm, average),
      within(arm, f32, fewer),
    ),
  ]);
  return { figures, on: 'TransformerLens’s eight IOI prompts with BOS, 15 ids each' };
}

/** Every term of a logit difference by heads and MLPs, value biases folded, by label. */
async function headTerms(
  asking: Asking,
  arm: ArmInfo,
  tokens: number[],
  target: number,
  contrast: number,
): Promise<Map<string, number>> {
  const request = {
    tokens,
    arms: [arm.id],
    target,
    contrast,
    unit: 'head' as const,
    valueBias: 'folded' as const,
  };
  const { terms } = asking.pick((await asking.analyze('dla', request)).arms, arm.id);
  return new Map(terms.map(({ label, value }) => [label, value]));
}

interface OnText {
  arm: ArmInfo;
  loss: number;
  /** Null where the text is one window. */
  interval: readonly [number, number] | null;
  entropy: number;
  ece: number;
  outliers: number;
}

/** What comes of the text given, arm by arm, as the paper reads one: no BOS, windows as long as 1024. */
async function onText(asking: Asking, figuresOf: (arms: OnText[]) => Figure[]): Promise<Measurement> {
  const text = asking.text();
  const window = Math.min(1024, ...asking.arms.map(({ config }) => config?.nCtx ?? 1024));
  const result = await asking.analyze('corpus', { text, window, prependBos: false });
  const arms = asking.arms.map((arm): OnText => {
    const { loss, entropy, ece, outliers } = asking.pick(result.arms, arm.id);
    const { mean: average, interval } = loss;
    return { arm, loss: average, interval, entropy: entropy.mean, ece, outliers: outliers.count };
  });
  const { tokens, windows } = result.coverage;
  const where = `a text of ${text.length} characters: ${tokens} scored tokens in ${windows} ${windows === 1 ? 'window' : 'windows'} of at most ${window}`;
  return { figures: figuresOf(arms), on: where };
}
