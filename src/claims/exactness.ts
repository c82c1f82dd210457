/** Claims 1 to 6: what is exact without LayerNorm, and by how much it is not with it. */

import { atLeast, atMost, greaterThan, lessThan, plain } from './figures.ts';
import { mustHave } from './mustHave.ts';
import { extreme, fitSite, sitesOf } from './normSites.ts';
import { releasedAs } from './released.ts';
import type { Claim, Figure } from './types.ts';
import { median, row, scaleOf } from './vectors.ts';

/** Rows of activations are read whole: so many positions say all there is to say. */
const POSITIONS = 32;
/** Rounding of 32-bit numbers stays below this share of a norm's output. */
const ROUNDING = 1e-5;

export const exactness: readonly Claim[] = [
  {
    id: 1,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Norm sites are linear without LayerNorm',
    statement:
      'In the LN-free model every place where LayerNorm stood is one fixed linear map (centring, a gain, a bias), the same at every position. With LayerNorm it is not.',
    published: [
      {
        says: 'linear to 1e-5, relative',
        source: 'follows from the paper’s §3 and the export code, utils.py',
      },
    ],
    setting: 'mathematics: any weights, any input',
    here: 'At each norm one gain and one bias per dimension are fitted to all positions; shown is the largest deviation from that map over the root mean square of the norm’s output, at the worst norm without LayerNorm and at the best with it. Position 0 included.',
    notes: ['Centring stays in the LN-free model: it is linear, and no scale is divided by.'],
    needs: { norms: ['layer', 'linear'], tokens: 4 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 4);
      const figures: Figure[] = [];
      for (const arm of asking.arms) {
        const { sites, read, width } = await sitesOf(asking, arm, tokens);
        const errors = sites.map((site) => ({ site, error: fitSite(site, read, width, 'centred').error }));
        const linear = arm.config?.norm.kind === 'linear';
        const { site, error } = extreme(errors, (each) => each.error, linear ? 'largest' : 'smallest');
        const named = {
          arm: arm.id,
          what: 'deviation from one linear map',
          at: site.label,
          unit: 'relative',
        };
        figures.push(linear ? atMost(named, error, ROUNDING) : greaterThan(named, error, 1e-3));
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 2,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Three forms of one checkpoint agree',
    statement:
      'The file as released (gain × 10⁶, eps 10¹²), the rescaled linear form and the form with every norm folded into the matrices give the same logits.',
    published: [
      { says: 'largest difference of logits at most 1e-3', source: 'model card; §2 of docs/science.md' },
    ],
    setting: 'mathematics: any LN-free weights',
    here: 'Normless brings every LN-free checkpoint to the rescaled form when it loads it, so the page never holds the other two.',
    notes: [
      'The model card says the scales are set to 10⁶; the export code says 10⁶·γ/σ. The loader covers both.',
    ],
    needs: { norms: ['linear'] },
    measure: {
      cannot:
        'The page loads one form only. The other two are built and compared in the project’s tests: `npx vitest run --project node src/analysis/claims.test.ts`, claim 2.',
    },
  },
  {
    id: 3,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Without LayerNorm attributions add up',
    statement:
      'In the LN-free model the direct logit attributions of all parts and the bias add up to the logit, at every position.',
    published: [{ says: 'error at most 1e-4 in 32-bit numbers', source: 'follows from the paper’s eq. 5' }],
    setting: 'mathematics: any LN-free weights',
    here: 'The actual next token at every position, logit less the mean logit of the vocabulary, value biases with their heads. Held against what an attribution’s error may be: 1e-4·max(1, |logit|), ten times that where a term exceeds 100.',
    notes: [],
    needs: { norms: ['linear'], tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(1024, 2);
      const arms = asking.of('linear').map(({ id }) => id);
      const result = await asking.analyze('dla-per-position', { tokens, arms });
      const figures = arms.flatMap((arm) => sumRule(arm, asking.pick(result.arms, arm)));
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 4,
    group: 'exactness',
    kind: 'mathematics',
    title: 'With LayerNorm they add up for the frozen scale only',
    statement:
      'With LayerNorm the same sum rule holds when every part is divided by the final scale of this very run, and fails when each part is divided by a scale of its own.',
    published: [
      { says: 'frozen: error at most 1e-4; recomputed: fails', source: 'follows from the paper’s eq. 5' },
    ],
    setting: 'mathematics: any weights with LayerNorm',
    here: 'The actual next token at every position. Frozen: as claim 3. Own scale: each component’s term × σ of the residual ÷ σ of the component alone; shown is the median error.',
    notes: [],
    needs: { norms: ['layer'], tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 2);
      const figures: Figure[] = [];
      const arms = asking.of('layer');
      const result = await asking.analyze('dla-per-position', { tokens, arms: arms.map(({ id }) => id) });
      for (const { id, config } of arms) {
        const { nLayers, dModel, norm } = mustHave(config, id);
        const attribution = asking.pick(result.arms, id);
        const { terms, actual, targets, convention } = attribution;
        const layers = [...Array(nLayers).keys()];
        const attn = layers.map((l) => `blocks.${l}.hook_attn_out`);
        const mlp = layers.map((l) => `blocks.${l}.hook_mlp_out`);
        const read = await asking.activations(id, tokens, ['hook_embed', 'hook_pos_embed', ...attn, ...mlp]);
        const eps = norm.kind === 'layer' ? norm.eps : 0;
        const errors = targets.map((_, p) => {
          const own = (hook: string, term: number) =>
            (term * (convention.scale.data[p] as number)) / scaleOf(row(read(hook), p, dModel), eps);
          let sum = terms.b_U.data[p] as number;
          sum += own('hook_embed', terms.embed.data[p] as number);
          sum += own('hook_pos_embed', terms.pos_embed.data[p] as number);
          for (const l of layers) {
            sum += own(attn[l] as string, terms.attn.data[p * nLayers + l] as number);
            sum += own(mlp[l] as string, terms.mlp.data[p * nLayers + l] as number);
          }
          return Math.abs(sum - (actual.data[p] as number));
        });
        figures.push(...sumRule(id, attribution));
        const named = { arm: id, what: 'median error with each component’s own scale', unit: 'logits' };
        figures.push(atLeast(named, median(errors), 0.1));
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 5,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Without LayerNorm attribution is the direct effect',
    statement:
      'In the LN-free model the attribution of every head equals what taking that head out of the final residual does to the logit.',
    published: [
      {
        says: 'NMAE 0.00 % [0.00, 0.00] over the 144 heads of GPT-2 small',
        source: 'paper §5.1; repo mech_interp',
      },
    ],
    setting: 'mathematics: any LN-free weights; anything below 0.05 % is rounding',
    here: 'Each head is subtracted from the final residual, the final norm computed anew and the actual next token’s centred logit read again. NMAE = 100·mean |DLA − DE| ÷ mean |DE|, pooled over heads and positions (position 0 left out).',
    notes: [],
    needs: { norms: ['linear'], tokens: 3 },
    measure: async (asking) => {
      const tokens = await asking.prompt(64, 3);
      const arms = asking.of('linear').map(({ id }) => id);
      const figures: Figure[] = [];
      for (const unit of ['head', 'component'] as const) {
        const { arms: effects } = await asking.analyze('direct-effect', {
          tokens,
          arms,
          positions: 'all',
          unit,
        });
        for (const arm of arms) {
          const { nmae } = asking.pick(effects, arm);
          figures.push(
            atMost({ arm, what: `pooled NMAE over ${nmae.over}`, unit: '%' }, nmae.pooled.value, 0.05),
          );
        }
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 6,
    group: 'exactness',
    kind: 'mathematics',
    title: 'With LayerNorm the error has a closed form',
    statement:
      'With LayerNorm direct effect and attribution of a part differ by L₋c·(σ′/σ − 1): the logit without the part, times how far the scale moves when the part is gone. σ′ follows from the part’s length and its angle to the residual.',
    published: [{ says: 'to 1e-5, relative', source: 'follows from the paper’s eq. 4 and 5' }],
    setting: 'mathematics: any weights with LayerNorm',
    here: 'Every head and MLP at the last position that has a next token; left side measured by taking the part out, right side from frozen quantities.',
    notes: [],
    needs: { norms: ['layer'], tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(256, 2);
      const position = tokens.length - 2;
      const target = tokens.at(-1) as number;
      const arms = asking.of('layer').map(({ id }) => id);
      const result = await asking.analyze('direct-effect', { tokens, arms, position, target, unit: 'head' });
      const figures = arms.flatMap((arm): Figure[] => {
        const { terms, identityError, identityTolerance } = asking.pick(result.arms, arm);
        const scales = terms.map((t) => Math.abs(t.identity.scaleWithout / t.scaleWithout - 1));
        const largest = extreme(terms, (t) => Math.abs(t.difference), 'largest');
        return [
          atMost(
            { arm, what: 'largest |(DE − DLA) − L₋c·(σ′/σ − 1)|', unit: 'logits' },
            identityError,
            identityTolerance,
          ),
          atMost(
            { arm, what: 'largest relative error of σ′ by its formula', unit: 'relative' },
            Math.max(...scales),
            1e-5,
          ),
          plain(
            { arm, what: 'largest |DE − DLA| itself', at: largest.label, unit: 'logits' },
            Math.abs(largest.difference),
          ),
        ];
      });
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 26,
    group: 'exactness',
    kind: 'measurement',
    title: 'How wrong attribution is with LayerNorm',
    statement:
      'Over the heads of GPT-2 small, attribution misses the direct effect by about half with LayerNorm, and not at all without.',
    published: [
      {
        says: 'small: original 49.07 % [29.92, 66.10], vanilla 57.85 % [38.52, 74.52], LN-free 0.00 %',
        source: 'paper §5.1; repo mech_interp/run_analysis.py',
      },
    ],
    setting: '1000 sequences of 512 tokens of Pile-filtered, no BOS, 95 % bootstrap over heads × samples',
    here: 'NMAE over all heads and all positions of this prompt but position 0, 95 % bootstrap, target as named in each row. Of released weights, LN-free is held against 0.05 % and the original of GPT-2 small against more than 20 %; the published figure itself needs that corpus.',
    notes: [
      '⚠ The paper’s eq. 9 and 10 average the heads’ own NMAE; its code prints the pooled ratio. Both are shown.',
      '⚠ The paper says “next token”; its code traces the token at the position itself (the last input token). Both are shown.',
      'The paper folds value biases out of the heads; here each head keeps its own.',
    ],
    needs: { norms: [], about: 'small/original', tokens: 3 },
    measure: async (asking) => {
      const tokens = await asking.prompt(128, 3);
      const figures: Figure[] = [];
      for (const targets of ['next', 'last-input'] as const) {
        const said = targets === 'next' ? 'next token, as the text says' : 'input token, as the code does';
        const { arms } = await asking.analyze('direct-effect', {
          tokens,
          positions: 'all',
          unit: 'head',
          targets,
        });
        for (const info of asking.arms) {
          const arm = info.id;
          const { pooled, meanOfTerms } = asking.pick(arms, arm).nmae;
          const named = (over: string, { low, high }: typeof pooled) => ({
            arm,
            what: `NMAE, ${over}, ${said}`,
            unit: '%',
            interval: [low, high] as const,
          });
          const released = releasedAs(info);
          const all = named('pooled', pooled);
          if (released?.endsWith('/lnfree')) figures.push(lessThan(all, pooled.value, 0.05));
          else if (released === 'small/original') figures.push(greaterThan(all, pooled.value, 20));
          else figures.push(plain(all, pooled.value));
          figures.push(plain(named('mean over heads', meanOfTerms), meanOfTerms.value));
        }
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 13,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Attention’s bookkeeping',
    statement:
      'Every row of an attention pattern adds up to 1, nothing looks ahead, the first row sees only itself, and scores are q·k ÷ √d_head.',
    published: [{ says: 'rows to 1e-6', source: 'GPT-2’s definition' }],
    setting: 'mathematics: any weights',
    here: 'Every head of every layer; scores of the first and the last layer, relative to their root mean square.',
    notes: [
      'That an LN-free score splits over pairs of source parts needs the weights themselves; the project’s tests show it (claims.test.ts, claim 13).',
    ],
    needs: { norms: [], tokens: 2 },
    measure: async (asking) => {
      const tokens = await asking.prompt(POSITIONS, 2);
      const figures: Figure[] = [];
      for (const { id: arm, config } of asking.arms) {
        const { nLayers, nHeads, dHead } = mustHave(config, arm);
        const patterns = Array.from({ length: nLayers }, (_, l) => `blocks.${l}.attn.hook_pattern`);
        const ends = [...new Set([0, nLayers - 1])];
        const vectors = ends.flatMap((l) =>
          ['q', 'k', 'attn_scores'].map((name) => `blocks.${l}.attn.hook_${name}`),
        );
        const read = await asking.activations(arm, tokens, [...patterns, ...vectors]);
        const { sums, ahead, first } = bookkeeping(patterns.map(read), tokens.length);
        const scores = Math.max(...ends.map((l) => scoreError(read, l, tokens.length, nHeads, dHead)));
        figures.push(
          atMost({ arm, what: 'largest |row sum − 1|' }, sums, 1e-6),
          atMost({ arm, what: 'largest weight on a later token' }, ahead, 0),
          atMost({ arm, what: 'largest |first row − 1|' }, first, 0),
          atMost({ arm, what: 'largest error of a score', unit: 'relative' }, scores, 1e-4),
        );
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
  {
    id: 14,
    group: 'exactness',
    kind: 'mathematics',
    title: 'Bounds of entropy and divergence',
    statement: 'Entropies lie between 0 and ln |vocabulary|, Jensen–Shannon divergences between 0 and ln 2.',
    published: [{ says: '0 ≤ H ≤ ln 50257 = 10.8249; 0 ≤ JSD ≤ 0.6931', source: 'definitions' }],
    setting: 'mathematics: any weights',
    here: 'Every position of the prompt, in nats; the divergence between every two arms. A rounding of 1e-5 is allowed.',
    notes: [
      'That changes of gauge leave them as they are needs other weights; the project’s tests show it (claims.test.ts, claim 14).',
    ],
    needs: { norms: [], tokens: 1 },
    measure: async (asking) => {
      const tokens = await asking.prompt(1024, 1);
      const { arms, between = {} } = await asking.analyze('token-stats', { tokens });
      const rounding = 1e-5;
      const figures = asking.arms.flatMap(({ id: arm, config }): Figure[] => {
        const { data } = asking.pick(arms, arm).entropy;
        const most = Math.log(mustHave(config, arm).dVocab);
        return [
          atLeast({ arm, what: 'smallest entropy', unit: 'nats' }, Math.min(...data), -rounding),
          atMost({ arm, what: 'largest entropy', unit: 'nats' }, Math.max(...data), most + rounding),
        ];
      });
      for (const [two, { jsd }] of Object.entries(between)) {
        const titles = two.split('|').map((id) => asking.arms.find((arm) => arm.id === id)?.title ?? id);
        const what = `largest JSD, ${titles.join(' and ')}`;
        figures.push(atMost({ arm: null, what, unit: 'nats' }, Math.max(...jsd.data), Math.LN2 + rounding));
      }
      return { figures, on: await asking.promptInWords(tokens) };
    },
  },
];

/** How far the terms of an attribution are from their logits, over all positions. */
function sumRule(
  arm: string,
  { error, tolerance }: { error: { data: Float32Array }; tolerance: { data: Float32Array } },
): Figure[] {
  const shares = [...error.data].map((e, p) => e / (tolerance.data[p] as number));
  return [
    plain({ arm, what: 'largest |sum of terms − logit|', unit: 'logits' }, Math.max(...error.data)),
    atMost({ arm, what: 'the same as a share of what is allowed' }, Math.max(...shares), 1),
  ];
}

/** Over all heads: how far rows are from adding up to 1, what falls on later tokens, how far the first row is from seeing itself. */
function bookkeeping(
  patterns: readonly Float32Array[],
  T: number,
): { sums: number; ahead: number; first: number } {
  let [sums, ahead, first] = [0, 0, 0];
  for (const pattern of patterns) {
    for (let r = 0; r * T < pattern.length; r++) {
      const query = r % T;
      let sum = 0;
      for (let key = 0; key < T; key++) {
        const weight = pattern[r * T + key] as number;
        sum += weight;
        if (key > query) ahead = Math.max(ahead, Math.abs(weight));
        if (query === 0 && key === 0) first = Math.max(first, Math.abs(weight - 1));
      }
      sums = Math.max(sums, Math.abs(sum - 1));
    }
  }
  return { sums, ahead, first };
}

/** Largest |score − q·k/√d_head| of a layer over the root mean square of its scores. */
function scoreError(
  read: (hook: string) => Float32Array,
  layer: number,
  T: number,
  nHeads: number,
  dHead: number,
): number {
  const [q, k, scores] = ['q', 'k', 'attn_scores'].map((name) =>
    read(`blocks.${layer}.attn.hook_${name}`),
  ) as [Float32Array, Float32Array, Float32Array];
  let [worst, squares, count] = [0, 0, 0];
  for (let h = 0; h < nHeads; h++) {
    for (let query = 0; query < T; query++) {
      for (let key = 0; key <= query; key++) {
        let dot = 0;
        for (let i = 0; i < dHead; i++)
          dot +=
            (q[(query * nHeads + h) * dHead + i] as number) * (k[(key * nHeads + h) * dHead + i] as number);
        const score = scores[(h * T + query) * T + key] as number;
        worst = Math.max(worst, Math.abs(score - dot / Math.sqrt(dHead)));
        squares += score * score;
        count++;
      }
    }
  }
  return worst / Math.sqrt(squares / count);
}
