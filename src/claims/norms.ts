/** Claims 7, 8, 24 and 30: what LayerNorm does to a residual, and what becomes of position 0 and of attention sinks without it. */

import { atMost, equals, greaterThan, lessThan, plain } from './figures.ts';
import { mustHave } from './mustHave.ts';
import { extreme, finalSite, fitSite, hooksOf, sitesOf } from './normSites.ts';
import { publishedFor } from './released.ts';
import type { Claim, Figure } from './types.ts';
import { centredNorm, median, row, scaleOf } from './vectors.ts';

const POSITIONS = 32;
const ROUNDING = 1e-5;

export const norms: readonly Claim[] = [
  {
    id: 7,
    group: 'norms',
    kind: 'mathematics',
    title: 'A shift along all-ones changes nothing',
    statement:
      'Adding the same number to all dimensions of the residual changes no logit, with LayerNorm and without: what remains of the norm still takes the mean off.',
    published: [{ says: 'no change, in either model', source: 'follows from the paper’s §3' }],
    setting: 'mathematics: any weights',
    here: 'Every norm’s output is explained, by one gain and bias per dimension, from the residual less its mean (over its σ, which no shift moves either), so a shift cannot reach it; from the residual as it is it is not. Largest deviation over the root mean square of the output.',
    notes: [
      'Models whose writing weights were centred have no mean to take off; the second figure is then 0 too, and is not held against anything.',
    ],
    needs: { norms: [], tokens: 4 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 4);
      const figures: Figure[] = [];
      for (const arm of asking.arms) {
        const { sites, read, width } = await sitesOf(asking, arm, tokens);
        const worst = (reads: 'normalised' | 'as it is') =>
          extreme(
            sites.map(({ label, ...site }) => ({
              label,
              error: fitSite({ label, ...site }, read, width, reads).error,
            })),
            ({ error }) => error,
            'largest',
          );
        const [without, withMean] = [worst('normalised'), worst('as it is')];
        const named = (how: string, label: string) => ({
          arm: arm.id,
          what: `deviation ${how}`,
          at: label,
          unit: 'relative',
        });
        figures.push(
          atMost(named('with the mean taken off', without.label), without.error, ROUNDING),
          plain(named('with it left in', withMean.label), withMean.error),
        );
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 8,
    group: 'norms',
    kind: 'mathematics',
    title: 'Doubling the final residual',
    statement:
      'With LayerNorm a final residual twice as long gives the same logits. Without it, the logits (less their bias) double, and the prediction gets surer.',
    published: [
      { says: 'LN: |Δ| ≤ 1e-4; LN-free: exactly double', source: 'follows from the paper’s §3 and §5.4' },
    ],
    setting: 'mathematics: any weights',
    here: 'What the unembedding reads, f(r), for each position’s final residual r and for 2r, by the model’s own gain and bias (fitted to the hooks, see claim 1) and the σ of 2r. Relative to the root mean square of f(r). The model’s hook_scale is checked to be what the residual makes it.',
    notes: [
      'The fall of the entropy itself is shown in the project’s tests (claims.test.ts, claim 8): it takes the whole unembedding.',
    ],
    needs: { norms: [], tokens: 4 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 4);
      const figures: Figure[] = [];
      for (const { id: arm, config } of asking.arms) {
        const { nLayers, dModel: d, norm } = mustHave(config, arm);
        const site = finalSite(nLayers);
        const read = await asking.activations(arm, tokens, hooksOf([site]));
        const fit = fitSite(site, read, d, 'normalised');
        const [r, f, scale] = [read(site.input), read(site.output), read(site.scale)];
        const eps = norm.kind === 'layer' ? norm.eps : 0;
        let [moved, doubled, squares, scaleError] = [0, 0, 0, 0];
        for (let p = 0; p < tokens.length; p++) {
          const own = row(r, p, d);
          const twice = own.map((v) => 2 * v);
          const sigma = norm.kind === 'layer' ? scaleOf(own, eps) : 1;
          const sigma2 = norm.kind === 'layer' ? scaleOf(twice, eps) : 1;
          scaleError = Math.max(scaleError, Math.abs((scale[p] as number) / sigma - 1));
          const centre = twice.reduce((sum, v) => sum + v, 0) / d;
          for (let i = 0; i < d; i++) {
            const bias = fit.bias[i] as number;
            const now = f[p * d + i] as number;
            const then = ((fit.gain[i] as number) * ((twice[i] as number) - centre)) / sigma2 + bias;
            moved = Math.max(moved, Math.abs(then - now));
            doubled = Math.max(doubled, Math.abs(then - bias - 2 * (now - bias)));
            squares += now * now;
          }
        }
        const size = Math.sqrt(squares / f.length);
        const named = (what: string) => ({ arm, what, unit: 'relative' });
        figures.push(atMost(named('hook_scale against the residual’s own'), scaleError, ROUNDING));
        if (norm.kind === 'layer') figures.push(atMost(named('largest |f(2r) − f(r)|'), moved / size, 1e-4));
        else {
          figures.push(atMost(named('largest |(f(2r) − bias) − 2·(f(r) − bias)|'), doubled / size, 1e-4));
          figures.push(greaterThan(named('largest |f(2r) − f(r)|'), moved / size, 0.1));
        }
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 24,
    group: 'norms',
    kind: 'measurement',
    title: 'Position 0 stops being huge',
    statement:
      'In the original models the residual of the first position grows to several times everybody else’s after an early MLP, and stays so until the end. Without LayerNorm it hardly does.',
    published: [
      {
        says: 'small: 2570 after MLP 2, 3110 by block 10; LN-free 80 … 290',
        source: 'repo residual-norm figures, read by eye (±5 %)',
      },
      { says: 'medium: 3530 after MLP 3, plateau 3980; LN-free below 575', source: 'the same' },
    ],
    setting: 'position 0 of 1000 sequences of 512 tokens of Pile-filtered, no BOS, centred weights',
    here: 'Length of the residual less its mean (as with centred weights) after each block’s MLP, position 0 beside the median of the others. Published lengths may be off by 10 %: they are read off a figure.',
    notes: [
      '⚠ The paper’s §5.3 credits an attention head of layer 3; the repository’s own σ tables show that the MLP makes the jump.',
    ],
    needs: { norms: [], about: 'small/original', tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 2);
      const figures: Figure[] = [];
      for (const info of asking.arms) {
        const { id: arm, config } = info;
        const { nLayers, dModel } = mustHave(config, arm);
        const hooks = Array.from({ length: nLayers }, (_, l) => `blocks.${l}.hook_resid_post`);
        const read = await asking.activations(arm, tokens, hooks);
        const lengths = hooks.map((hook) => tokens.map((_, p) => centredNorm(row(read(hook), p, dModel))));
        const first = lengths.map((block) => block[0] as number);
        const named = (what: string) => ({ arm, what });
        const block = (l: number) => first[l] ?? Number.NaN;
        const published = publishedFor(info, {
          'small/original': [2, 2570, 10, 3110],
          'medium/original': [3, 3530, 15, 3980],
        } as const);
        if (published) {
          const [early, then, late, later] = published;
          figures.push(
            equals(named(`position 0 after MLP ${early}`), block(early), then, 0.1 * then),
            equals(named(`position 0 after block ${late}`), block(late), later, 0.1 * later),
          );
        }
        const most = publishedFor(info, { 'small/lnfree': 2, 'medium/lnfree': 3 });
        if (most === 2) {
          figures.push(lessThan(named('position 0 after MLP 2'), block(2), 150));
          figures.push(equals(named('position 0 after block 10'), block(10), 290, 29));
        }
        if (most === 3) figures.push(lessThan(named('largest at position 0'), Math.max(...first), 630));
        const ratios = lengths.map((each) => (each[0] as number) / median(each.slice(1)));
        const largest = extreme([...ratios.keys()], (l) => ratios[l] as number, 'largest');
        const at = `L${largest}.resid_post`;
        const most0 = { arm, what: 'position 0 over the others’ median, at most', at, unit: '×' };
        const ratio = ratios[largest] as number;
        if (publishedFor(info, { 'small/original': true })) figures.push(greaterThan(most0, ratio, 10));
        else figures.push(plain(most0, ratio));
        if (!published) figures.push(plain({ arm, what: 'position 0’s length there', at }, block(largest)));
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 30,
    group: 'norms',
    kind: 'measurement',
    title: 'Attention sinks get fewer',
    statement: 'Heads that rest on the first token are fewer without LayerNorm, but far from gone.',
    published: [
      { says: 'medium: 55.3 % [53.1, 58.1] → 45.3 % [42.0, 48.5]', source: 'paper §5.3; repo sink_rate.py' },
    ],
    setting:
      '1000 sequences of 512 tokens of Pile-filtered, ε = 0.3; nothing is published for the other sizes',
    here: 'ε = 0.3, on this prompt. By query, as the paper’s code counts: the share of (layer, head, query) with more than ε on position 0, query 0 included. By head (Gu et al.): the share of heads whose mean over the queries exceeds ε.',
    notes: [
      '⚠ The paper says “original”; its script compares the vanilla fine-tuned model with an earlier LN-free one.',
      'Query 0 always pays 1 to position 0, which raises the rate of short prompts: the rate without it is shown too.',
    ],
    needs: { norms: [], about: 'medium/original', tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(512, 2);
      const { arms } = await asking.analyze('attention', { tokens, overview: true, epsilon: 0.3 });
      const figures = asking.arms.flatMap(({ id: arm }): Figure[] => {
        const overview = mustHave(asking.pick(arms, arm).overview, arm);
        const named = (what: string) => ({ arm, what, unit: '%' });
        const { sink, sinkWithQuery0 } = overview;
        return [
          plain(named('sink rate by query, with query 0'), 100 * sinkWithQuery0.queries),
          plain(named('sink rate by query, without it'), 100 * mustHave(sink, arm).queries),
          plain(named('sink rate by head'), 100 * sinkWithQuery0.heads),
        ];
      });
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
];
