/** Claims 9, 10, 22, 23 and 25: confidence neurons, what they do through LayerNorm, and what they do without it. */

import type { ArmInfo } from '../engine/api.ts';
import type { Asking } from './asking.ts';
import { atLeast, atMost, besides, equals, greaterThan, lessThan, plain, same } from './figures.ts';
import { mustHave } from './mustHave.ts';
import { extreme } from './normSites.ts';
import { publishedFor, type Released, releasedAs } from './released.ts';
import type { Claim, Figure } from './types.ts';
import { mean, median } from './vectors.ts';

/** A prompt for what concerns the weights alone. */
const ANY_TOKEN = [0];

/** The first three by ‖w_out‖ ÷ LogitVar, the same in original, vanilla and LN-free. */
const TOP_THREE: Partial<Record<Released, readonly number[]>> = Object.fromEntries(
  (['original', 'vanilla', 'lnfree'] as const).flatMap((arm) => [
    [`small/${arm}`, [584, 2123, 2870]],
    [`medium/${arm}`, [1083, 1108, 3144]],
  ]),
);

export const neurons: readonly Claim[] = [
  {
    id: 9,
    group: 'neurons',
    kind: 'mathematics',
    title: 'Without LayerNorm a neuron writes the same in every context',
    statement:
      'Holding a last-layer neuron at its mean moves the LN-free model’s logits by (mean − activation) times one fixed list of numbers, whatever the context.',
    published: [{ says: 'to 1e-4 logits', source: 'follows from the paper’s §5.4' }],
    setting: 'mathematics: any LN-free weights',
    here: 'The last-layer neuron with the largest attribution to the likeliest next token, held at its mean over this prompt (position 0 included). The three largest changes of centred logits beside (mean − activation) × the neuron’s attribution ÷ its activation; and the change per unit of activation at two positions.',
    notes: [],
    needs: { norms: ['linear'], tokens: 3 },
    measure: async (asking) => {
      const tokens = await asking.prompt(256, 3);
      const figures: Figure[] = [];
      for (const info of asking.of('linear')) figures.push(...(await fixedWriting(asking, info, tokens)));
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 10,
    group: 'neurons',
    kind: 'mathematics',
    title: 'Writing where nothing is read turns the temperature up, through LayerNorm only',
    statement:
      'With LayerNorm, adding to the final residual a direction that the unembedding does not read makes the residual longer, so every logit shrinks: a pure temperature. Without LayerNorm it does nothing.',
    published: [
      {
        says: 'an exact null direction: temperature σ/σ′, argmax unchanged; LN-free 0 (≤ 1e-5)',
        source: 'follows from the paper’s §5.4',
      },
    ],
    setting:
      'mathematics, for a direction that is not read at all; a real unembedding reads its least direction a little',
    here: 'One residual’s length of the least-read direction (all-ones, an exact zero, aside) added at the last position. Ratio: change of entropy over what the temperature alone would make it; without LayerNorm the temperature that a norm would have made.',
    notes: [
      'With a direction that is read not at all the claim is exact; the project’s tests show that with a synthetic neuron.',
    ],
    needs: { norms: ['layer', 'linear'], tokens: 1 },
    measure: async (asking) => {
      const tokens = await asking.prompt(1024, 1);
      const { arms } = await asking.analyze('null-direction', { tokens, amounts: [1] });
      const figures: Figure[] = [];
      const moved = new Map<string, number>();
      for (const { id: arm, config } of asking.arms) {
        const { entropy, entropyBefore, ratio, top, topBefore, singularValue, largestSingularValue } =
          asking.pick(arms, arm);
        moved.set(arm, Math.abs((entropy.data[0] as number) - entropyBefore));
        figures.push(
          plain(
            { arm, what: 'singular value of the direction over the largest' },
            singularValue / largestSingularValue,
          ),
          plain(
            { arm, what: 'change of entropy', unit: 'nats' },
            (entropy.data[0] as number) - entropyBefore,
          ),
          plain({ arm, what: 'the same over the temperature’s' }, ratio.data[0] as number),
        );
        if (config?.norm.kind === 'layer')
          figures.push(
            plain(
              { arm, what: 'likeliest token before and after' },
              `${topBefore.piece} → ${top[0]?.piece ?? ''}`,
            ),
          );
      }
      const size = (kind: 'layer' | 'linear') =>
        Math.max(...asking.of(kind).map(({ id }) => moved.get(id) ?? 0));
      const what = 'LN-free change of entropy as a share of that with LayerNorm';
      figures.push(lessThan({ arm: null, what }, size('linear') / size('layer'), 1));
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 22,
    group: 'neurons',
    kind: 'measurement',
    title: 'The same confidence neurons in all three models',
    statement:
      'Ranked by ‖w_out‖ ÷ LogitVar, the first neurons of GPT-2’s last layer are the same in the original, the fine-tuned control and the LN-free model.',
    published: [
      {
        says: 'small: 584, 2123, 2870; 584 scores about 4.5e5',
        source: 'paper fig. 6; repo svd_comparison.py (values read by eye)',
      },
      { says: 'medium: 1083, 1108, 3144', source: 'the same' },
    ],
    setting: 'weights only',
    here: 'w_out centred, the unembedding with the final gain folded in and centred over d_model and the vocabulary; variance with n − 1. The first three as a set; the score of 584 within 10 %, since it is read off a figure.',
    notes: [],
    needs: { norms: [], about: 'small/original' },
    measure: async (asking) => {
      const tokens = ANY_TOKEN;
      const { arms } = await asking.analyze('confidence-neurons', { tokens, k: 7 });
      const figures: Figure[] = [];
      const first: { arm: string; title: string; three: number[] }[] = [];
      for (const info of asking.arms) {
        const { ranking } = asking.pick(arms, info.id);
        const order = ranking.map(({ neuron }) => neuron);
        const three = order.slice(0, 3).sort((a, b) => a - b);
        first.push({ arm: info.id, title: info.title, three });
        const published = publishedFor(info, TOP_THREE);
        figures.push(plain({ arm: info.id, what: 'first seven, best first' }, order.join(', ')));
        if (published)
          figures.push(
            same({ arm: info.id, what: 'the first three as a set' }, three.join(', '), published.join(', ')),
          );
        const best = ranking.find(({ neuron }) => neuron === 584);
        if (best && releasedAs(info) === 'small/original')
          figures.push(equals({ arm: info.id, what: 'score of 584' }, best.score, 4.5e5, 4.5e4));
      }
      const [reference, ...others] = first;
      for (const { arm, three } of others) {
        const shared = three.filter((neuron) => reference?.three.includes(neuron)).length;
        figures.push(
          plain({ arm, what: `of its first three, how many are those of ${reference?.title}` }, shared),
        );
      }
      return { figures, on: 'the weights alone' };
    },
  },
  {
    id: 23,
    group: 'neurons',
    kind: 'measurement',
    title: 'An effective null space, and who writes into it',
    statement:
      'About twelve directions of GPT-2 small’s unembedding are hardly read at all. Confidence neurons write almost wholly into them, an ordinary neuron hardly.',
    published: [
      {
        says: 'about 12 of 768 normalised singular values below 0.02; ρ of 584 close to 1, of a random direction 0.125',
        source: 'paper §5.4; Stolfo et al. 2024 (read off figures)',
      },
    ],
    setting: 'weights only, k = 12',
    here: 'Singular values over the largest, below 0.02, the exact zero along all-ones counted. ρ = length of the neuron’s share in the k least-read directions over its own length, k = round(0.016·d_model) with all-ones among them; 584 in GPT-2 small, elsewhere the first by score.',
    notes: [
      '⚠ The published k = 12 counts the exact zero that centring makes. Normless leaves that one out of its null space, so it is asked for k − 1 = 11 here: ρ is the same, as no centred neuron has a share in all-ones.',
      'Normalised by the largest value: the sources do not say by what.',
    ],
    needs: { norms: [], about: 'small/original' },
    measure: async (asking) => {
      const tokens = ANY_TOKEN;
      const figures: Figure[] = [];
      for (const info of asking.arms) {
        const { dMlp, dModel, nLayers } = mustHave(info.config, info.id);
        const k = Math.max(2, Math.round(0.016 * dModel));
        const request = { tokens, arms: [info.id], by: info.id, k: dMlp, nullDimension: k - 1 };
        const { singularValues, ranking } = asking.pick(
          (await asking.analyze('confidence-neurons', request)).arms,
          info.id,
        );
        const largest = singularValues[0] as number;
        const count = singularValues.filter((s) => s / largest < 0.02).length;
        const released = releasedAs(info);
        const chosen = released?.startsWith('small/') ? 584 : (ranking[0]?.neuron ?? 0);
        const shares = new Map(ranking.map(({ neuron, nullShare }) => [neuron, Math.sqrt(nullShare)]));
        const own = shares.get(chosen) ?? Number.NaN;
        const middle = median(shares.values());
        const original = released === 'small/original';
        const named = (what: string) => ({ arm: info.id, what });
        const share = { ...named(`ρ of the neuron (k = ${k})`), at: `L${nLayers - 1}N${chosen}` };
        const ordinary = named(`median ρ of the layer (k = ${k})`);
        const below = named(`singular values below 0.02 of the largest, of ${dModel}`);
        figures.push(
          besides(below, count, original ? 12 : null, 2),
          original ? atLeast(share, own, 0.9) : plain(share, own),
          original ? lessThan(ordinary, middle, 0.3) : plain(ordinary, middle),
        );
      }
      return { figures, on: 'the weights alone' };
    },
  },
  {
    id: 25,
    group: 'neurons',
    kind: 'measurement',
    title: 'Confidence neurons fall silent without LayerNorm',
    statement:
      'Holding neuron 584 at its mean moves the loss and the entropy of the original GPT-2 small, those of the fine-tuned control less, those of the LN-free model not at all.',
    published: [
      {
        says: '584, median |Δ loss|: 0.0138 / 0.0033 / below 1e-4; mean change of entropy −1.9 % / −0.5 % / 0.0 % (original / vanilla / LN-free)',
        source: 'paper §5.4 figures, read by eye',
      },
      { says: 'medium, 3144: 0.0122 / 0.0026 / 0; −2.0 % / −0.5 % / 0 %', source: 'the same' },
    ],
    setting: 'Pile-filtered, 250 or 1000 sequences of 512 tokens, no BOS, held at the corpus mean',
    here: 'Held at its mean over this prompt, final norm recomputed (total effect), positions from 1 on. 584 in the GPT-2 small pair, 3144 in medium, elsewhere the first arm’s best-ranked neuron. For the released models: LN-free below 2e-4, and below the original; the published sizes need that corpus and its mean.',
    notes: [
      '⚠ The paper says that ablating raises the loss; what it plots is |Δ|, and its cumulative plot shows the loss falling a little. No sign of the loss is held against anything.',
      '⚠ The text says 1000 sequences, the code uses 250.',
    ],
    needs: { norms: [], about: 'small/original', tokens: 3 },
    measure: async (asking) => {
      const tokens = await asking.prompt(512, 3);
      const neuron = await neuronToAblate(asking);
      const { arms } = await asking.analyze('neuron-ablation', { tokens, neurons: [neuron], mean: 'prompt' });
      const medians = new Map<Released, number>();
      const figures = asking.arms.flatMap((info): Figure[] => {
        const { loss, lossTotal, entropy, entropyTotal } = asking.pick(arms, info.id);
        const changes = [...loss.data]
          .map((before, p) => Math.abs((lossTotal.data[p] as number) - before))
          .slice(1);
        const [before, after] = [mean(entropy.data.subarray(1)), mean(entropyTotal.data.subarray(1))];
        const middle = median(changes);
        const released = releasedAs(info);
        if (released) medians.set(released, middle);
        const named = { arm: info.id, what: `neuron ${neuron}: median |Δ loss|`, unit: 'nats' };
        const silent = released === 'small/lnfree' || released === 'medium/lnfree';
        return [
          silent ? lessThan(named, middle, 2e-4) : plain(named, middle),
          plain(
            { arm: info.id, what: `neuron ${neuron}: change of mean entropy`, unit: '%' },
            100 * (after / before - 1),
          ),
        ];
      });
      for (const size of ['small', 'medium'] as const) {
        const [original, free] = [medians.get(`${size}/original`), medians.get(`${size}/lnfree`)];
        if (original !== undefined && free !== undefined)
          figures.push(
            greaterThan(
              { arm: null, what: 'median |Δ loss|, original less LN-free', unit: 'nats' },
              original - free,
              0,
            ),
          );
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
];

async function neuronToAblate(asking: Asking): Promise<number> {
  const size = asking.arms
    .map(releasedAs)
    .find((released) => released !== null)
    ?.split('/')[0];
  if (size === 'small') return 584;
  if (size === 'medium') return 3144;
  const [first] = asking.arms;
  const arm = mustHave(first, 'an arm').id;
  const { arms } = await asking.analyze('confidence-neurons', {
    tokens: ANY_TOKEN,
    arms: [arm],
    by: arm,
    k: 1,
  });
  return mustHave(asking.pick(arms, arm).ranking[0], arm).neuron;
}

/** Claim 9 on one arm: the changes that an ablation makes beside those that the weights alone foretell. */
async function fixedWriting(
  asking: Asking,
  { id: arm, config }: ArmInfo,
  tokens: number[],
): Promise<Figure[]> {
  const layer = mustHave(config, arm).nLayers - 1;
  const [last, other] = [tokens.length - 1, Math.floor(tokens.length / 2)];
  const attributions = async (target: number) => {
    const request = { tokens, arms: [arm], position: last, target, unit: 'neuron' as const };
    const { terms } = asking.pick((await asking.analyze('dla', request)).arms, arm);
    return terms.filter((term) => term.layer === layer && term.neuron !== undefined);
  };
  const likeliest = asking.pick(
    (await asking.analyze('predictions', { tokens, arms: [arm], k: 1 })).arms,
    arm,
  ).top[0];
  const strongest = extreme(
    await attributions(mustHave(likeliest, arm).id),
    (t) => Math.abs(t.value),
    'largest',
  );
  const neuron = mustHave(strongest.neuron, arm);
  const ablate = async (position: number) =>
    asking.pick(
      (await asking.analyze('neuron-ablation', { tokens, arms: [arm], neurons: [neuron], position, k: 3 }))
        .arms,
      arm,
    );
  const [here, there] = [await ablate(last), await ablate(other)];
  const held = here.means[0] as number;
  const per = (position: number) => held - (here.activations.data[position] as number);

  let [foretold, elsewhere, size] = [0, 0, 0];
  for (const { id, change } of here.topChanges.neurons[0] ?? []) {
    const term = (await attributions(id)).find((each) => each.neuron === neuron);
    const unit = mustHave(term, arm).value / (here.activations.data[last] as number);
    foretold = Math.max(foretold, Math.abs(change - per(last) * unit));
    size = Math.max(size, Math.abs(unit));
    const again = there.topChanges.neurons[0]?.find((each) => each.id === id);
    // One fixed list: a token that is not among the largest there as well is already a difference.
    const apart = again ? Math.abs(again.change / per(other) - unit) : Number.POSITIVE_INFINITY;
    elsewhere = Math.max(elsewhere, apart);
  }
  const named = (what: string, unit: string) => ({ arm, what, at: `L${layer}N${neuron}`, unit });
  return [
    atMost(named('largest |change − (mean − activation) · w_out · W_U|', 'logits'), foretold, 1e-4),
    atMost(
      named(`the change per unit of activation at position ${other}, against that at ${last}`, 'relative'),
      elsewhere / size,
      1e-3,
    ),
  ];
}
