/** What a claim of the paper is, what measuring one gives, and what it was measured on: all plain data. */

import type { ArmId, ArmInfo, EngineId, PairInfo, Progress, PromptRequest } from '../engine/api.ts';
import type { StorageDType } from '../tensor/params.ts';
import type { Asking } from './asking.ts';

export type GroupId = 'exactness' | 'norms' | 'neurons' | 'predictions' | 'patching';

/** What somebody printed, and where. */
export interface Published {
  says: string;
  source: string;
}

/** What must be at hand before a claim can be measured. */
export interface Needs {
  /** At least one arm of each kind: with LayerNorm, without. */
  norms: readonly ('layer' | 'linear')[];
  /** GPT-2's own vocabulary, because the prompts are given as its ids. */
  gpt2Vocabulary?: boolean;
  /** The released weights that the published numbers are about; others are measured without being held against them. */
  about?: string;
  /** Tokens that the prompt of the page must have at least; absent where the claim brings its own prompts. */
  tokens?: number;
  /** A text to read as a whole. */
  text?: boolean;
}

/** One measured number, and what it is held against where something is published or follows from the mathematics. */
export interface Figure {
  /** Whose; null where it is of several arms together. */
  arm: ArmId | null;
  what: string;
  /** Where in the model, where the worst or the largest place is told: `L3.ln2`. */
  at?: string;
  value: number | string;
  unit: string;
  /** The ends of its 95 % interval. */
  interval?: readonly [number, number];
  expected: Expected | null;
  /** Whether it is as expected; null where nothing is. */
  ok: boolean | null;
}

export interface Expected {
  rule: 'equals' | 'at most' | 'at least' | 'less than' | 'greater than';
  value: number | string;
  /** Of 'equals': how far off it may be, in the same unit. */
  tolerance: number;
}

/** `measured`: nothing is published for these models and nothing must hold, so there is nothing to agree or disagree with. */
export type Verdict = 'holds' | 'does not hold' | 'measured';

export interface Measurement {
  figures: Figure[];
  /** The tokens or text it was measured on, in words. */
  on: string;
}

export interface Claim {
  /** As numbered in docs/paper.md. */
  id: number;
  group: GroupId;
  /** Whether it follows from the definitions, for any weights, or was measured on certain ones. */
  kind: 'mathematics' | 'measurement';
  /** A few words. */
  title: string;
  /** The claim in plain words, one or two sentences. */
  statement: string;
  /** Of mathematics what must come out, else what was printed. */
  published: readonly Published[];
  /** What the published numbers were measured on. */
  setting: string;
  /** How it is measured here, conventions named. */
  here: string;
  /** Traps, and where the paper and its code disagree. */
  notes: readonly string[];
  needs: Needs;
  /** A sentence in place of a measurement, where this version cannot make one. */
  measure: ((asking: Asking) => Promise<Measurement>) | { cannot: string };
}

/** What is asked of the engine: the pair, its arms that are at hand, and the prompt of the page. */
export interface Question {
  pair: PairInfo;
  arms: readonly ArmId[];
  prompt: Pick<PromptRequest, 'text' | 'tokens' | 'prependBos'>;
  /** For claims about texts. */
  text: string | null;
  /** Answers by their request, for several claims of one press: two that read the same text read it once. */
  known?: Map<string, Promise<unknown>>;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What identifies an arm's weights. */
export interface WeightsHash {
  sha256: string;
  /** Over what: `file` the checkpoint as downloaded, `parameters` every value as the engines use it. */
  of: 'file' | 'parameters';
}

export interface MeasuredArm {
  id: ArmId;
  norm: 'layer' | 'linear';
  /** How the matrices were kept. */
  dtype: StorageDType | null;
  source: string;
  repo: ArmInfo['repo'];
  /** Empty until they are known. */
  weights: WeightsHash[];
}

/** A measurement with everything that is needed to repeat it. */
export interface ClaimResult extends Measurement {
  claim: number;
  title: string;
  verdict: Verdict;
  convention: string;
  pair: { id: string; title: string };
  arms: MeasuredArm[];
  /** The prompt of the page it was measured on; null where the claim brings its own. */
  prompt: Question['prompt'] | null;
  /** The text it was measured on, of claims about texts. */
  text: string | null;
  engines: EngineId[];
  /** What they computed on, e.g. `google · swiftshader`. */
  device: string;
  normless: string;
  /** ISO 8601. */
  date: string;
}
