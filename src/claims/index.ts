/** Every claim by its group, what one lacks here, and the measuring of one: a result with all that is needed to repeat it. */

import type { EngineStatus, Normless, PairInfo } from '../engine/api.ts';
import { Asking } from './asking.ts';
import { exactness } from './exactness.ts';
import { verdictOf } from './figures.ts';
import { neurons } from './neurons.ts';
import { norms } from './norms.ts';
import { patching } from './patching.ts';
import { predictions } from './predictions.ts';
import type { Claim, ClaimResult, GroupId, MeasuredArm, Question } from './types.ts';
import { weightsOf } from './weights.ts';

export type * from './types.ts';

export const GROUPS: readonly { id: GroupId; title: string; about: string }[] = [
  {
    id: 'exactness',
    title: 'Exactness',
    about: 'What is exact without LayerNorm, and how far off it is with it.',
  },
  {
    id: 'norms',
    title: 'LayerNorm and position 0',
    about: 'What the norm does, and what it keeps in its place.',
  },
  { id: 'neurons', title: 'Confidence neurons', about: 'Neurons that speak through LayerNorm’s scale only.' },
  {
    id: 'predictions',
    title: 'Predictions of the real GPT-2',
    about: 'Numbers that others published for the released weights, and what removing LayerNorm costs.',
  },
  { id: 'patching', title: 'Patching', about: 'Interventions and gradients.' },
];

export const CLAIMS: readonly Claim[] = [
  ...exactness,
  ...norms,
  ...neurons,
  ...predictions,
  ...patching,
].sort((a, b) => a.id - b.id);

export interface Place {
  pair: PairInfo | undefined;
  arms: readonly string[];
  /** Of the page's prompt; null while it is not known. */
  tokens: number | null;
  text: boolean;
}

const GPT2_VOCABULARY = 50257;

/** What is missing before a claim can be measured here, and how to get it, in a sentence; null where nothing is. */
export function lacking({ needs, measure }: Claim, { pair, arms, tokens, text }: Place): string | null {
  if (typeof measure !== 'function') return measure.cannot;
  const atHand = pair?.arms.filter(({ id }) => arms.includes(id)) ?? [];
  if (atHand.length === 0)
    return 'No model is loaded yet. Wait for the engine, or load one in the models dialog.';
  const vocabulary = atHand.find(({ config }) => config)?.config?.dVocab;
  if (needs.gpt2Vocabulary && vocabulary !== GPT2_VOCABULARY) {
    const size = needs.about?.startsWith('xl') ? 'XL' : 'small';
    return `Needs the weights of a real GPT-2: load the pair “GPT-2 ${size}” in the models dialog (its Original arm is enough). The models at hand have another vocabulary.`;
  }
  for (const kind of needs.norms) {
    if (atHand.some(({ config }) => config?.norm.kind === kind)) continue;
    return kind === 'linear'
      ? 'Needs a model without LayerNorm: load or show the LN-free arm of this pair.'
      : 'Needs a model with LayerNorm: load or show the Original arm of this pair.';
  }
  if (needs.text && !text)
    return 'Needs a text: paste one into the field above the list, or take the sample.';
  if (needs.tokens && tokens !== null && tokens < needs.tokens)
    return `Needs a prompt of at least ${needs.tokens} tokens: type a longer one at the top of the page.`;
  return null;
}

/** Measures one claim. InputError and the engine's own errors where it cannot be done. */
export async function measureClaim(
  normless: Normless,
  claim: Claim,
  question: Question,
): Promise<ClaimResult> {
  if (typeof claim.measure !== 'function') throw new Error(`claim ${claim.id} cannot be measured`);
  const asking = new Asking(normless, question);
  const { figures, on } = await claim.measure(asking);
  const named = new Set(figures.flatMap(({ arm }) => (arm === null ? [] : [arm])));
  const arms = asking.arms.filter(({ id }) => named.has(id));
  const hashes = await weightsOf(normless, arms);
  const engines = [...asking.engines];
  return {
    claim: claim.id,
    title: claim.title,
    verdict: verdictOf(figures),
    figures,
    on,
    convention: claim.here,
    pair: { id: question.pair.id, title: question.pair.title },
    arms: arms.map(
      (arm): MeasuredArm => ({
        id: arm.id,
        norm: arm.config?.norm.kind ?? 'layer',
        dtype: arm.dtype,
        source: arm.source,
        repo: arm.repo,
        weights: hashes.get(arm.id) ?? [],
      }),
    ),
    prompt: claim.needs.tokens ? { ...question.prompt } : null,
    text: claim.needs.text ? question.text : null,
    engines,
    device: engines.map((engine) => deviceOf(normless.status(), engine)).join('; '),
    normless: normless.version,
    date: new Date().toISOString(),
  };
}

function deviceOf({ engines }: EngineStatus, engine: 'wgsl' | 'ort'): string {
  return engines[engine].device ?? engine;
}
