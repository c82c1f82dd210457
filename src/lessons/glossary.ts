/** The words of the lessons, each in a sentence or two; those that tooltips explain too are written once for both. */

import { ARM_NOTES } from '../state/selectors.ts';
import { MEANS } from './means.ts';

export interface Term {
  term: string;
  means: string;
}

const TERMS = [
  {
    term: 'attention sink',
    means:
      'A place, mostly position 0, to which a head pays its attention when it has nothing to bring. Counted where more than ε is paid there.',
  },
  {
    term: 'attribution patching',
    means:
      'An estimate of patching for every place at once: the gradient of the answer times the change of the activation. Two runs forward and one back.',
  },
  {
    term: 'contrast',
    means:
      'The token that the target is held against. The answer then is a difference of two logits; without a contrast, a logit less the mean over the vocabulary.',
  },
  {
    term: 'direct effect',
    means:
      'What the answer loses when a part is taken out of the final residual stream and the final norm is computed anew. Later layers are left as they were.',
  },
  {
    term: 'direct logit attribution',
    means:
      'The answer as a sum: what each part wrote to the final residual stream, read by the unembedding, divided by the scale of this run. Short: DLA.',
  },
  { term: 'entropy', means: MEANS.entropy },
  {
    term: 'final scale',
    means:
      'The number that the last LayerNorm divides the residual stream by at a position, σ. Without LayerNorm there is none.',
  },
  {
    term: 'gradient',
    means:
      'How fast the answer changes with each number of an activation, for a very small change: a slope at one point.',
  },
  { term: 'head', means: MEANS.head },
  {
    term: 'LayerNorm',
    means:
      'Centres an activation and divides it by its own standard deviation σ at each position, then applies a fixed gain and bias.',
  },
  { term: 'LN-free', means: ARM_NOTES.lnfree as string },
  {
    term: 'logit',
    means:
      'The score that the model gives a token before probabilities are made of all scores. Only differences between logits matter.',
  },
  { term: 'LogitVar', means: MEANS.LogitVar },
  { term: 'neuron', means: MEANS.neuron },
  { term: 'null space', means: MEANS['null space'] },
  { term: 'Original', means: ARM_NOTES.original as string },
  {
    term: 'patching',
    means:
      'Running one prompt with an activation copied from another prompt’s run, to see what of the answer that place carries. Clean is the prompt with the answer, corrupted the one without.',
  },
  {
    term: 'position 0',
    means:
      'The first token, most often the mark that begins a text. Its activations are unusually large, so scales of colour leave it out.',
  },
  {
    term: 'residual stream',
    means:
      'The vector that every layer reads from and adds to, one at each position. The logits are read off it at the end.',
  },
  {
    term: 'σ',
    means: 'The standard deviation of the centred residual stream at a position: what LayerNorm divides by.',
  },
  {
    term: 'σ′',
    means:
      'The σ that the final norm finds once something was taken out of the residual stream, or added to it.',
  },
  {
    term: 'temperature',
    means:
      'A number that all logits are divided by. Above 1 it makes a prediction less sure without changing the order of the tokens.',
  },
  {
    term: 'unembedding',
    means: 'The matrix that reads a logit for every token off the final residual stream.',
  },
  { term: 'Vanilla FT', means: ARM_NOTES.vanilla as string },
] as const satisfies readonly Term[];

/** A word that the glossary has. */
export type TermName = (typeof TERMS)[number]['term'];

export const GLOSSARY: readonly Term[] = TERMS;

/** What a term means, however it is capitalised; null for a word that is not in the glossary. */
export function meaningOf(term: TermName): string;
export function meaningOf(term: string): string | null;
export function meaningOf(term: string): string | null {
  return GLOSSARY.find((each) => each.term.toLowerCase() === term.toLowerCase())?.means ?? null;
}

/** A piece of a text: plain words, or words that stand for a term. */
export interface Piece {
  text: string;
  term: string | null;
}

/** Takes `[[term]]` and `[[shown|term]]` out of a text. */
export function piecesIn(text: string): Piece[] {
  return text.split(/(\[\[[^\]]+\]\])/).flatMap((part): Piece[] => {
    if (part === '') return [];
    const inside = /^\[\[([^\]]+)\]\]$/.exec(part)?.[1];
    if (inside === undefined) return [{ text: part, term: null }];
    const [shown = inside, term = shown] = inside.split('|');
    return [{ text: shown, term }];
  });
}
