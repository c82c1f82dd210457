/** Asks a loaded model what others published of it, and what must hold of every model; each answer is one row. */

import { IOI_DIFFERENCES, IOI_MEAN, IOI_SIGMAS } from '../../src/claims/publishedNumbers.ts';
import type { Normless } from '../../src/engine/api.ts';
import type { ModelConfig } from '../../src/tensor/params.ts';
import { BOTTLE, GREEDY, HEADS, HELLO, IOI, NEURONS, type Published, XL } from './published.ts';

/** What is asked of the engine: `window.normless` in a browser, or the service on the CPU twin. */
export type Engine = Pick<Normless, 'analyze' | 'tokenize'>;

export interface Row {
  /** Of SCIENCE §10; null for what must hold of every model. */
  readonly claim: number | null;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  /** null where nothing could be asked. */
  readonly ok: boolean | null;
}

interface Subject {
  readonly engine: Engine;
  readonly pair: string;
  readonly arm: string;
}

/** Which published model a configuration is, by its shape; only OpenAI's originals have published values. */
export function publishedSize(config: ModelConfig): 'small' | 'xl' | null {
  if (config.norm.kind === 'linear' || config.dVocab !== 50257) return null;
  if (config.nLayers === 12 && config.dModel === 768) return 'small';
  if (config.nLayers === 48 && config.dModel === 1600) return 'xl';
  return null;
}

/** Every row that applies, as they are found. */
export async function* parityRows(subject: Subject, config: ModelConfig): AsyncGenerator<Row> {
  yield* invariants(subject, config);
  const size = publishedSize(config);
  if (size === 'small') yield* small(subject);
  if (size === 'xl') yield* xl(subject);
}

// --- what holds of every model -------------------------------------------------------------------

async function* invariants({ engine, pair, arm }: Subject, config: ModelConfig): AsyncGenerator<Row> {
  const tokens = [
    config.bosTokenId ?? 0,
    ...Array.from({ length: 11 }, (_, i) => (97 * i + 11) % config.dVocab),
  ].slice(0, config.nCtx);
  const target = tokens.at(-1) as number;
  for (const unit of ['component', 'head', 'neuron'] as const) {
    const { arms } = await engine.analyze('dla', { pair, arms: [arm], tokens, target, unit });
    const { error, tolerance, terms, actual } = must(arms[arm]);
    yield {
      claim: null,
      what: `direct logit attribution by ${unit}: ${terms.length} terms add up to the logit ${actual.toFixed(3)}`,
      expected: `within ${tolerance.toExponential(1)}`,
      found: error.toExponential(1),
      ok: error <= tolerance,
    };
  }
  const { arms } = await engine.analyze('token-stats', { pair, arms: [arm], tokens });
  const entropy = [...must(arms[arm]).entropy.data];
  const most = Math.log(config.dVocab);
  yield {
    claim: null,
    what: 'entropy of every prediction lies between 0 and ln(vocabulary)',
    expected: `0 to ${most.toFixed(3)}`,
    found: `${Math.min(...entropy).toFixed(3)} to ${Math.max(...entropy).toFixed(3)}`,
    ok: entropy.every((h) => h >= 0 && h <= most + 1e-4),
  };
}

// --- GPT-2 small ----------------------------------------------------------------------------------

async function* small(subject: Subject): AsyncGenerator<Row> {
  for (const { claim, what, tokens, text, expected } of GREEDY) {
    const start = tokens ?? (await subject.engine.tokenize(text as string, { pair: subject.pair })).ids;
    const { ids } = await subject.engine.tokenize(expected, { pair: subject.pair });
    const found = await greedy(subject, start, ids.length);
    yield {
      claim,
      what,
      expected: JSON.stringify(expected),
      found: JSON.stringify(found.text),
      ok: found.ids.join() === ids.join(),
    };
  }
  yield number(
    HELLO.claim,
    `mean loss of BOS + “${HELLO.text}”`,
    HELLO.loss,
    await meanLoss(subject, HELLO.text),
  );

  const top = await predict(subject, BOTTLE.text, 5);
  for (const [i, { token, logit, percent }] of BOTTLE.top.entries()) {
    const row = must(top[i]);
    yield text(BOTTLE.claim, `token ${i + 1} after “…a bottle of milk to”`, token, row.piece);
    yield number(BOTTLE.claim, `  its probability, %`, { value: percent, tolerance: 0.05 }, 100 * row.prob);
    yield number(BOTTLE.claim, `  its centred logit`, { value: logit, tolerance: 0.01 }, row.centeredLogit);
  }

  const differences: number[] = [];
  for (const [i, [prompt, target, contrast]] of IOI.entries()) {
    const arm = await attribute(subject, prompt, target, contrast, 'component');
    differences.push(arm.actual);
    const what = `“…${prompt.slice(-24)}”:${target} −${contrast}`;
    yield number(18, what, { value: must(IOI_DIFFERENCES[i]), tolerance: 2e-3 }, arm.actual);
    yield number(
      19,
      `  its final scale σ at the last token`,
      { value: must(IOI_SIGMAS[i]), tolerance: 0.01 },
      arm.convention.scale,
    );
  }
  yield number(
    18,
    'mean logit difference of the eight',
    { value: IOI_MEAN, tolerance: 1e-3 },
    differences.reduce((sum, x) => sum + x, 0) / differences.length,
  );
  yield {
    claim: 19,
    what: 'zeroing z of L9H9 at the last token: mean difference 3.55 → 2.92',
    expected: '2.92',
    found: 'not asked: this version has no edits',
    ok: null,
  };

  const [prompt, target, contrast] = IOI[0];
  const heads = await attribute(subject, prompt, target, contrast, 'head');
  for (const [label, value] of Object.entries(HEADS.terms))
    yield number(
      HEADS.claim,
      `DLA of ${label},${target} −${contrast}`,
      { value, tolerance: 2e-3 },
      term(heads, label),
    );
  yield number(HEADS.claim, '  sum of all terms', { value: IOI_DIFFERENCES[0], tolerance: 2e-3 }, heads.sum);
  for (const [token, label, value] of NEURONS) {
    const neurons = await attribute(subject, prompt, token, null, 'neuron');
    yield number(
      HEADS.claim,
      `DLA of ${label} on “${token}”`,
      { value, tolerance: 2e-3 },
      term(neurons, label),
    );
  }
}

// --- GPT-2 XL -------------------------------------------------------------------------------------

async function* xl(subject: Subject): AsyncGenerator<Row> {
  const [first, second] = await predict(subject, XL.aboutEiffel, 2);
  yield text(XL.claim, `first token after “${XL.aboutEiffel}”`, ' Paris', must(first).piece);
  yield number(
    XL.claim,
    '  its probability, %',
    { value: XL.paris.percent, tolerance: 0.05 },
    100 * must(first).prob,
  );
  yield number(
    XL.claim,
    '  its centred logit',
    { value: XL.paris.logit, tolerance: 0.01 },
    must(first).centeredLogit,
  );
  yield text(XL.claim, 'second token', XL.second.token, must(second).piece);
  yield number(
    XL.claim,
    '  its probability, %',
    { value: XL.second.percent, tolerance: 0.05 },
    100 * must(second).prob,
  );
  for (const [prompt, value] of [
    [XL.aboutEiffel, XL.eiffel],
    [XL.aboutColosseum, XL.colosseum],
  ] as const) {
    const { actual } = await attribute(subject, prompt, ' Paris', ' Rome', 'component');
    yield number(XL.claim, `“${prompt}”: Paris − Rome`, { value, tolerance: 2e-3 }, actual);
  }
}

// --- asking ---------------------------------------------------------------------------------------

async function predict({ engine, pair, arm }: Subject, prompt: string | number[], k: number) {
  const asked = typeof prompt === 'string' ? { text: prompt } : { tokens: prompt };
  const { arms } = await engine.analyze('predictions', { pair, arms: [arm], ...asked, k });
  return must(arms[arm]).top;
}

async function greedy(subject: Subject, start: readonly number[], count: number) {
  const ids: number[] = [];
  let written = '';
  while (ids.length < count) {
    const [best] = await predict(subject, [...start, ...ids], 1);
    ids.push(must(best).id);
    written += must(best).piece;
  }
  return { ids, text: written };
}

async function meanLoss({ engine, pair, arm }: Subject, prompt: string): Promise<number> {
  const { arms } = await engine.analyze('token-stats', { pair, arms: [arm], text: prompt });
  const { data } = must(arms[arm]).loss;
  return [...data].reduce((sum, loss) => sum + loss, 0) / data.length;
}

async function attribute(
  { engine, pair, arm }: Subject,
  prompt: string,
  target: string,
  contrast: string | null,
  unit: 'component' | 'head' | 'neuron',
) {
  const sides = contrast === null ? { target } : { target, contrast };
  const { arms } = await engine.analyze('dla', {
    pair,
    arms: [arm],
    text: prompt,
    ...sides,
    unit,
    valueBias: 'folded',
  });
  return must(arms[arm]);
}

function term({ terms }: { terms: readonly { label: string; value: number }[] }, label: string): number {
  return must(terms.find((t) => t.label === label)).value;
}

function number(claim: number, what: string, { value, tolerance }: Published, found: number): Row {
  return {
    claim,
    what,
    expected: `${value} ± ${tolerance}`,
    found: found.toFixed(4),
    ok: Math.abs(found - value) <= tolerance,
  };
}

function text(claim: number, what: string, expected: string, found: string): Row {
  return {
    claim,
    what,
    expected: JSON.stringify(expected),
    found: JSON.stringify(found),
    ok: found === expected,
  };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The engine left out what it was asked for.');
  return value;
}
