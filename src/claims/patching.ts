/** Claims 11, 12 and 29: activations copied from one run into another, and how well a gradient foresees it. */

import type { ArmInfo } from '../engine/api.ts';
import type { Asking } from './asking.ts';
import { atMost, equals, greaterThan, plain } from './figures.ts';
import { mustHave } from './mustHave.ts';
import { promptPair } from './promptPair.ts';
import { releasedAs } from './released.ts';
import type { Claim, Figure } from './types.ts';

/** Of the paper's 480 prompts: each is a sweep of its own. */
const PAIRS = 16;
/** What “about as much” is held to, as shares of the difference: the paper's mean and more than its deviation over layers. */
const NO_GAIN = 0.1;

/** Prompts are cut to so many tokens. */
const POSITIONS = 32;

const CORRUPTED =
  'The first tokens of the page’s prompt, and the same with the token in their middle replaced by their first word; of the tokens likeliest after either, the metric is the logit of the one that gains most less that of the one that loses most.';

export const patching: readonly Claim[] = [
  {
    id: 11,
    group: 'patching',
    kind: 'mathematics',
    title: 'Attribution patching is exact at the end, without LayerNorm',
    statement:
      'At the last residual and the last MLP’s output the LN-free model is linear, so attribution patching (a gradient times a difference) equals activation patching; with LayerNorm it does not.',
    published: [
      { says: 'LN-free: error at most 1e-4; LN: above 0', source: 'follows from the paper’s §5.2' },
    ],
    setting: 'mathematics: any weights',
    here: `${CORRUPTED} Every position of the last residual and of the last MLP’s output, in logits; with LayerNorm the error must be above what is allowed without.`,
    notes: [
      'That the LN-free gradient there is the difference of two unembedding vectors needs the weights themselves; the project’s tests hold every gradient against a float64 reference.',
    ],
    needs: { norms: ['layer', 'linear'], tokens: 4 },
    measure: async (asking) => {
      const { question, on } = await promptPair(asking, POSITIONS);
      const figures: Figure[] = [];
      for (const site of ['resid_post', 'mlp_out'] as const) {
        const layers = [lastLayer(asking)];
        const { arms } = await asking.analyze('attribution-patching', { ...question, site, layers });
        for (const { id: arm, config } of asking.arms) {
          const { values, measured } = asking.pick(arms, arm);
          const truth = mustHave(measured, arm).data;
          const error = Math.max(...values.data.map((value, i) => Math.abs(value - (truth[i] as number))));
          const named = { arm, what: `largest |attribution − patching| at the last ${site}`, unit: 'logits' };
          figures.push(
            config?.norm.kind === 'linear'
              ? atMost(named, error, MOST_ERROR)
              : greaterThan(named, error, MOST_ERROR),
          );
        }
      }
      return { figures, on };
    },
  },
  {
    id: 12,
    group: 'patching',
    kind: 'mathematics',
    title: 'Identities of activation patching',
    statement:
      'Patching layer 0’s residual at the only token that differs gives back the clean run whole, at any other token nothing; patching the last residual at the end gives it back whole.',
    published: [{ says: 'normalised 1.000 ± 1e-3, 0, 1.000', source: 'definitions' }],
    setting: 'mathematics: any weights, two prompts that differ in one token',
    here: `${CORRUPTED} Effects divided by metric(clean) − metric(corrupted).`,
    notes: [],
    needs: { norms: [], tokens: 4 },
    measure: async (asking) => {
      const { question, differing, on } = await promptPair(asking, POSITIONS);
      const patch = async (site: 'resid_pre' | 'resid_post', layer: number) => {
        const request = { ...question, site, layers: [layer], normalise: true };
        return (await asking.analyze('activation-patching', request)).arms;
      };
      const first = await patch('resid_pre', 0);
      const last = await patch('resid_post', lastLayer(asking));
      const figures = asking.arms.flatMap(({ id: arm }): Figure[] => {
        const start = asking.pick(first, arm);
        const { data } = start.values;
        const others = data.filter((_, p) => p !== differing).map(Math.abs);
        const named = (what: string) => ({ arm, what, unit: 'of the difference' });
        return [
          equals(named('layer 0, the token that differs'), data[differing] as number, 1, 1e-3),
          atMost(named('layer 0, largest effect of any other token'), Math.max(...others), 1e-3),
          equals(
            named('last residual, at the end'),
            asking.pick(last, arm).values.data.at(-1) as number,
            1,
            1e-3,
          ),
          plain(
            { arm, what: 'metric(clean) − metric(corrupted)', unit: 'logits' },
            start.cleanMetric - start.corruptedMetric,
          ),
        ];
      });
      return { figures, on };
    },
  },
  {
    id: 29,
    group: 'patching',
    kind: 'measurement',
    title: 'Removing LayerNorm does not make attribution patching better',
    statement:
      'Per layer, attribution patching of the residual errs about as much without LayerNorm as with it: softmax and GELU are the culprits that stay.',
    published: [
      {
        says: 'improvement −0.026 ± 0.082 (mean and deviation over layers, normalised)',
        source: 'paper §5.2, fig. 2',
      },
    ],
    setting: 'GPT-2 small, vanilla against LN-free, 480 IOI prompts, residual of every layer and position',
    here: `${PAIRS} seeded pairs of the paper’s template, names, places and objects drawn from those that are one token of this vocabulary; residual before every layer at every position; per pair divided by metric(clean) − metric(corrupted), and pairs with next to no difference left out. Of the released GPT-2 small, vanilla − LN-free is held to within ±${NO_GAIN}.`,
    notes: [
      '⚠ The repository has no raw numbers of this figure.',
      'A model that does not do this task has a small difference to divide by, of either sign: its shares are large and mean little.',
    ],
    needs: { norms: ['layer', 'linear'], about: 'small/lnfree' },
    measure: async (asking) => {
      const pairs = await asking.ioi({ count: PAIRS });
      const request = { pairs, site: 'resid_pre', normalise: true } as const;
      const { arms, between = {} } = await asking.analyze('attribution-patching', request);
      const figures = asking.arms.flatMap(({ id: arm }): Figure[] => {
        const { cleanMetric, corruptedMetric, agreement, leftOut } = asking.pick(arms, arm);
        const errors = mustHave(agreement, arm).sumAbsError;
        return [
          plain(
            { arm, what: 'Σ |attribution − patching| of a layer, mean over layers', unit: SHARE },
            mean(errors),
          ),
          plain(
            { arm, what: 'metric(clean) − metric(corrupted), mean', unit: 'logits' },
            cleanMetric - corruptedMetric,
          ),
          ...(leftOut.length > 0 ? [plain({ arm, what: 'pairs left out' }, leftOut.length)] : []),
        ];
      });
      for (const second of asking.of('linear'))
        for (const first of asking.of('layer')) {
          const improvement = between[`${first.id}|${second.id}`]?.improvement;
          if (improvement) figures.push(...gain(first, second, improvement));
        }
      return { figures, on: `${pairs.length} IOI pairs, seed 0: “${pairs[0]?.clean.text}” and others` };
    },
  },
];

const SHARE = 'of the difference';

/** The paper's number for two arms: above 0 the second is estimated better. */
function gain(first: ArmInfo, second: ArmInfo, improvement: { mean: number; std: number }): Figure[] {
  const between = `error of ${first.title} − error of ${second.title}`;
  const named = { arm: null, what: `${between}, mean over layers`, unit: SHARE };
  const isPapers = releasedAs(first) === 'small/vanilla' && releasedAs(second) === 'small/lnfree';
  return [
    isPapers ? equals(named, improvement.mean, 0, NO_GAIN) : plain(named, improvement.mean),
    plain({ arm: null, what: `${between}, deviation over layers`, unit: SHARE }, improvement.std),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What rounding may make of an error that is 0, in logits. */
const MOST_ERROR = 1e-4;

/** Of the shallowest arm, so that every arm has it. */
function lastLayer(asking: Asking): number {
  return Math.min(...asking.arms.map(({ id, config }) => mustHave(config, id).nLayers)) - 1;
}
