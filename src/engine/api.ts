/** The scripting contract, `window.normless`: what the page and every script may ask of the engine (DESIGN §5). */

import type {
  ConfidenceNeuronsArm,
  DlaArm,
  DlaBetween,
  DlaUnit,
  PredictionsArm,
  PredictionsBetween,
  TokenStatsArm,
  TokenStatsBetween,
} from '../analysis/types.ts';
import type { ErrorRecord } from '../base/errors.ts';
import type { ModelConfig, StorageDType } from '../tensor/params.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';

export type PairId = string;
/** Usually `original`, `vanilla` (the fine-tuned control, with LN) or `lnfree`. */
export type ArmId = string;
/** `auto` lets the engine choose; `ort` comes with the second engine. */
export type EngineChoice = 'auto' | 'wgsl' | 'ort';

export interface Progress {
  done: number;
  total: number;
  unit: 'bytes' | 'pipelines' | 'arms' | 'steps';
  phase: string;
}

/** Every call takes these. An aborted call rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface ArmInfo {
  id: ArmId;
  title: string;
  /** Where its bytes come from, for people. */
  source: string;
  loaded: boolean;
  /** null until loaded. */
  dtype: StorageDType | null;
  config: ModelConfig | null;
  /** What was passed over or decided while reading it, and tensors with values that are not finite. */
  notes: string[];
}

export interface PairInfo {
  id: PairId;
  title: string;
  arms: ArmInfo[];
}

export interface LoadRequest extends CallOptions {
  pair: PairId;
  arms?: ArmId[];
  dtype?: StorageDType;
  engine?: EngineChoice;
}

/** config.json + *.safetensors (+ tokenizer.json) per arm, as the person picked them. */
export interface LoadFilesRequest extends CallOptions {
  id: PairId;
  title?: string;
  arms: Record<ArmId, File[]>;
  dtype?: StorageDType;
}

/** A token id, or a text that is exactly one token (' Mary'). */
export type TokenRef = number | string;

export interface PromptRequest extends CallOptions {
  /** One of the two. `tokens` are fed as they are. */
  text?: string;
  tokens?: number[];
  /** Concerns `text` only. Default true. */
  prependBos?: boolean;
  pair?: PairId;
  arms?: ArmId[];
  engine?: EngineChoice;
}

export interface RunRequest extends PromptRequest {
  hooks: string[];
  edits?: readonly unknown[];
}

export interface RunResult {
  id: string;
  pair: PairId;
  tokens: number[];
  engine: 'wgsl';
  arms: Record<ArmId, { activations: Record<string, LabelledTensor> }>;
}

export interface Tokens {
  ids: number[];
  pieces: string[];
}

export interface PredictionsParameters {
  /** Default −1, the last. */
  position?: number;
  /** Default 10. */
  k?: number;
  /** Scored too, whatever their rank; they come back as `asked`. */
  score?: TokenRef[];
}

export type TokenStatsParameters = Record<never, never>;

export interface DlaParameters {
  position?: number;
  /** A set means the mean of its logits. */
  target: TokenRef | TokenRef[];
  contrast?: TokenRef | TokenRef[];
  /** Default true: the actual is logit − mean logit over the vocabulary (no difference for a contrast). */
  centerUnembed?: boolean;
  /** Default 'component'. */
  unit?: DlaUnit;
  /** Default 'head': each head carries its own value bias. 'folded' moves b_V·W_O into L{l}.b_O. */
  valueBias?: 'head' | 'folded';
}

export interface ConfidenceNeuronsParameters {
  /** Default 16. */
  k?: number;
  /** Whose ranking chooses the neurons. Default original, else the first arm. */
  by?: ArmId;
  /** Default round(0.016·d_model), the exact all-ones zero not counted. */
  nullDimension?: number;
}

/** Every analysis: its parameters, its result per arm and between two arms. */
export interface Analyses {
  predictions: { parameters: PredictionsParameters; arm: PredictionsArm; between: PredictionsBetween };
  'token-stats': { parameters: TokenStatsParameters; arm: TokenStatsArm; between: TokenStatsBetween };
  dla: { parameters: DlaParameters; arm: DlaArm; between: DlaBetween };
  'confidence-neurons': {
    parameters: ConfidenceNeuronsParameters;
    arm: ConfidenceNeuronsArm;
    between: never;
  };
}

export type AnalysisId = keyof Analyses;

export type AnalysisRequest<Id extends AnalysisId> = PromptRequest & Analyses[Id]['parameters'];

export interface AnalysisResult<Id extends AnalysisId> {
  analysis: Id;
  pair: PairId;
  tokens: number[];
  pieces: string[];
  engine: 'wgsl';
  arms: Record<ArmId, Analyses[Id]['arm']>;
  /** Keyed 'first|second' for every two arms, in the order of `arms`. */
  between?: Record<string, Analyses[Id]['between']>;
}

export interface AdapterInfo {
  vendor: string;
  architecture: string;
  description: string;
  isFallback: boolean;
}

export interface SelfCheck {
  /** Largest |live − committed| over every number of the committed first result. */
  maxAbs: number;
  tolerance: number;
  ok: boolean;
  /** Where the largest difference sits, e.g. `dla.arms.original.terms.3.value`. */
  where: string;
}

export interface EngineStatus {
  phase: 'starting' | 'loading' | 'compiling' | 'checking' | 'ready' | 'recovering' | 'failed';
  /** One sentence for people, what is going on or what went wrong and what to do. */
  message: string;
  progress: Progress | null;
  adapter: AdapterInfo | null;
  selfCheck: SelfCheck | null;
  error: ErrorRecord | null;
  /** How often the device was lost and rebuilt. */
  recoveries: number;
}

export interface Normless {
  /** All demo arms are loaded and self-checked; rejects with UnsupportedError where nothing can run. */
  readonly ready: Promise<void>;
  readonly version: string;
  pairs(): Promise<PairInfo[]>;
  load(request: LoadRequest): Promise<PairInfo>;
  loadFiles(request: LoadFilesRequest): Promise<PairInfo>;
  unload(request: { pair: PairId; arms?: ArmId[] }): Promise<void>;
  /** Never adds BOS. `pieces` are the texts of the single tokens; a part of a character shows as its bytes `<0xE2>`. */
  tokenize(text: string, options?: { pair?: PairId }): Promise<Tokens>;
  run(request: RunRequest): Promise<RunResult>;
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>>;
  /** Frees what the engine keeps on the device for a run. */
  dispose(run: Pick<RunResult, 'id'>): Promise<void>;
  status(): EngineStatus;
  /** Calls back at once and at every change; returns the way to stop. */
  subscribe(listener: (status: EngineStatus) => void): () => void;
}
