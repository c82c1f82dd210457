/** The scripting contract, `window.normless`: what the page and every script may ask of the engine (DESIGN §5). */

import type { HookComparison } from '../analysis/compareHooks.ts';
import type {
  ActivationPatchingArm,
  ActivationPatchingParameters,
  AttentionArm,
  AttentionBetween,
  AttentionParameters,
  AttributionPatchingArm,
  AttributionPatchingBetween,
  AttributionPatchingParameters,
  AttributionPatchingReport,
  ConfidenceNeuronsArm,
  CorpusArm,
  CorpusBetween,
  CorpusParameters,
  CorpusReport,
  DirectEffectArm,
  DirectEffectBetween,
  DirectEffectParameters,
  DlaArm,
  DlaBetween,
  DlaPerPositionArm,
  DlaPerPositionBetween,
  DlaPerPositionUnit,
  DlaUnit,
  EditEffectsArm,
  EditEffectsParameters,
  HeadCircuitsArm,
  HeadCircuitsBetween,
  HeadCircuitsParameters,
  InductionArm,
  InductionParameters,
  IoiPair,
  IoiSetName,
  LogitLensArm,
  LogitLensBetween,
  LogitLensParameters,
  NeuronAblationArm,
  NeuronAblationParameters,
  NormScalesArm,
  NormScalesParameters,
  NormSurgeryArm,
  NormSurgeryParameters,
  NullDirectionArm,
  NullDirectionParameters,
  PatchingBetween,
  PatchingReport,
  PredictionsArm,
  PredictionsBetween,
  TokenRef,
  TokenStatsArm,
  TokenStatsBetween,
  WritesArm,
  WritesBetween,
  WritesParameters,
} from '../analysis/types/index.ts';
import type { ErrorRecord } from '../base/errors.ts';
import type { Edit } from '../model/edits.ts';
import type { Capabilities } from '../model/model.ts';
import type { ModelConfig, StorageDType } from '../tensor/params.ts';
import type { LabelledTensor } from '../tensor/tensor.ts';

export type PairId = string;
/** Usually `original`, `vanilla` (the fine-tuned control, with LN) or `lnfree`. */
export type ArmId = string;
/** `wgsl`: our own WebGPU kernels. `ort`: ONNX Runtime in WebAssembly, on the processor. */
export type EngineId = 'wgsl' | 'ort';
/** `auto`: the faster of those that can, as `EngineStatus.route` says. */
export type EngineChoice = 'auto' | EngineId;

export interface Progress {
  done: number;
  total: number;
  unit: 'bytes' | 'pipelines' | 'arms' | 'steps' | 'windows' | 'runs' | 'pairs';
  /** What is going on, for people; of a load one of LOAD_PHASES. */
  phase: string;
  /** Of a load: the arm it is at, by its id. */
  arm?: ArmId;
  /** Of a load: the file it is at, in bytes; `done` and `total` above are of all files of all arms. */
  file?: { name: string; done: number; total: number };
}

/** The phases of a load, in order. Bytes are downloaded, verified and converted as they come by. */
export const LOAD_PHASES = [
  'looking up',
  'waiting for another tab',
  'downloading',
  'verifying',
  'converting',
  'compiling',
  'self-checking',
] as const;

/** Every call takes these. An aborted call rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What a loaded arm was found to be, on loading it. */
export interface ArmCheck {
  /** `linear` is LN-free. */
  norm: 'layer' | 'linear';
  /** Tensors with values that are not finite. */
  nonFinite: { name: string; count: number }[];
  /** Mean next-token loss (nats, BOS prepended where there is one) on a common sentence; null without a tokenizer. */
  loss: number | null;
  /** ln(vocabulary)/2: a language model must stay below. Null where it was not asked of this model. */
  limit: number | null;
  ok: boolean;
  /** One sentence for people: what was found, and what to do where it is not as it should be. */
  message: string;
}

export interface ArmInfo {
  id: ArmId;
  title: string;
  /** Where its bytes come from, for people. */
  source: string;
  origin: 'bundled' | 'hub' | 'files';
  /** Of a Hub arm: its repository, the revision it is pinned to (a commit once looked up) and its page. */
  repo: { name: string; revision: string; url: string } | null;
  license: string | null;
  /** What it is, in a sentence; empty where nobody said. */
  about: string;
  /** Analyses can be asked of it. */
  loaded: boolean;
  /** Where its weights are (or take their turn). */
  engines: EngineId[];
  /** Its weights are on the device right now; false for the waiting arms of a pair that is loaded one at a time. */
  resident: boolean;
  /** null until loaded. */
  dtype: StorageDType | null;
  /** Known before loading for registered and added arms. */
  config: ModelConfig | null;
  /** What was passed over or decided while reading it. */
  notes: string[];
  check: ArmCheck | null;
}

/** `one-at-a-time`: the arms take turns on the device, their weights read again from where they are kept. */
export type Residency = 'all' | 'one-at-a-time';

export interface PairInfo {
  id: PairId;
  title: string;
  about: string;
  /** Whether texts can be prompts; null until one of its arms was read. Without a tokenizer prompts are token ids. */
  tokenizer: boolean | null;
  /** Added by a person, so that it can be removed. */
  added: boolean;
  residency: Residency;
  arms: ArmInfo[];
}

export interface LoadRequest extends CallOptions {
  pair: PairId;
  /** Default: all of the pair. */
  arms?: ArmId[];
  /** Default: as loaded, else what `budget` suggests. */
  dtype?: StorageDType;
  /** Default: what `budget` says of this dtype. */
  residency?: Residency;
  engine?: EngineChoice;
}

/** A repository of the Hub. */
export interface RepoRef {
  /** `owner/name` */
  repo: string;
  /** A branch, tag or commit. Default main, pinned to the commit it is at when first looked up. */
  revision?: string;
}

/** A pair of one's own: per arm a repository, or files. Reads lists, configurations and headers; moves no weights. */
export interface AddRequest extends CallOptions {
  id: PairId;
  title?: string;
  arms: Record<ArmId, RepoRef | File[]>;
}

export interface BudgetRequest extends CallOptions {
  pair: PairId;
  arms?: ArmId[];
  /** Default: the one that `EngineStatus.route` names. */
  engine?: EngineChoice;
}

/** What one arm would take. */
export interface ArmBudget {
  id: ArmId;
  /** Bytes of the files that are needed. */
  files: number;
  /** Of these, bytes that are kept here already (all of them where the files are local or bundled). */
  stored: number;
  /** Bytes that would still be moved: `files − stored`. */
  download: number;
  /** Bytes on the device, by storage. */
  gpu: Record<StorageDType, number>;
  /** Whether tensors must be split by rows, by storage. */
  split: Record<StorageDType, boolean>;
  loaded: boolean;
}

/** What loading would take, told before a byte moves. */
export interface Budget {
  pair: PairId;
  /** On whose device. */
  engine: EngineId;
  arms: ArmBudget[];
  /** Working memory on top of the weights (activations, read-backs), an estimate. */
  working: number;
  /** Bytes of other weights on the device now, which would stay. */
  inUse: number;
  /** Bytes of all buffers on the device now, by the engine's own ledger. */
  allocated: number;
  /** By storage: all arms together, and whether that fits. */
  plans: Record<
    StorageDType,
    {
      /** Weights of all arms + working + inUse. */
      all: number;
      /** The largest arm + working + inUse. */
      one: number;
      residency: Residency | 'does-not-fit';
      /** One sentence for people. */
      message: string;
    }
  >;
  /** The widest storage in which all fits well, else one at a time; null where nothing fits. */
  suggested: { dtype: StorageDType; residency: Residency } | null;
  /** What the device allows, as far as it says: its largest buffer and binding. */
  limits: { bufferBytes: number | null; bindingBytes: number | null };
  /** How `fits` was found out, in a sentence. */
  basis: string;
}

/** A file of a model that this browser keeps. */
export interface StoredFile {
  /** What it is kept under: its sha256 (or the Hub's id for small files). */
  id: string;
  /** `owner/name@commit/file`, every place that was seen to use it. */
  usedBy: string[];
  /** Bytes kept, of `size`. */
  stored: number;
  size: number;
  /** Complete and compared with its sha256. */
  verified: boolean;
}

export interface StorageInfo {
  /** Where models are kept: the private file system, else the Cache API, else memory until the page is closed. */
  kind: 'opfs' | 'cache' | 'memory';
  /** One sentence for people: what that means here. */
  message: string;
  files: StoredFile[];
  /** Of the whole site, as the browser estimates; null where it does not say. */
  usage: number | null;
  quota: number | null;
  /** Whether the browser promised not to clear it on its own. */
  persisted: boolean | null;
}

/** `add` and `load` in one, from files: config.json + *.safetensors (+ tokenizer.json) per arm, as the person picked them. */
export interface LoadFilesRequest extends CallOptions {
  id: PairId;
  title?: string;
  arms: Record<ArmId, File[]>;
  dtype?: StorageDType;
  engine?: EngineChoice;
}

export type { Edit, TokenRef };

export interface PromptRequest extends CallOptions {
  /** One of the two. `tokens` are fed as they are. */
  text?: string;
  tokens?: number[];
  /** Concerns `text` only. Default true. */
  prependBos?: boolean;
  pair?: PairId;
  arms?: ArmId[];
  engine?: EngineChoice;
  /**
   * Interventions on the run, in list order, the same for every arm. They need our own kernels, to which `auto` goes then.
   * Of `run` and of analyses of one run.
   */
  edits?: readonly Edit[];
}

export interface RunRequest extends PromptRequest {
  hooks: string[];
  /** Also the derivatives of a number by activations. They need our own kernels, to which `auto` goes then. */
  gradients?: GradientsRequest;
}

export interface GradientsRequest {
  metric: MetricRequest;
  /** The gradient at a hook is the derivative by the value seen there, after its edits. */
  hooks: string[];
}

/** What gradients are of: one number of the distribution of the token after `position`, the same for every arm. */
export type MetricRequest =
  | {
      /** Default: the mean logit of the target … */
      kind?: 'logit-diff';
      target: TokenRef | TokenRef[];
      /** … less the mean logit of these. */
      contrast?: TokenRef | TokenRef[];
      /** Default −1, the last. */
      position?: number;
    }
  /** The mean log-probability of the target, in nats. */
  | { kind: 'log-prob'; target: TokenRef | TokenRef[]; position?: number }
  /** KL(of `to` ‖ of this run), in nats, `to` run unedited on the same arm; a negative position counts from each one's end. */
  | { kind: 'kl'; to: { text: string } | { tokens: number[] }; position?: number };

export interface RunArm {
  activations: Record<string, LabelledTensor>;
  /** The number that the gradients are of; only where they were asked for. */
  metric?: number;
  /** By hook, with the axes of its activation. */
  gradients?: Record<string, LabelledTensor>;
}

/** What results of edited runs say besides. */
export interface EditedResult {
  /** As asked, the texts of `from-run` as the tokens they are; absent where there were none. */
  edits?: readonly Edit[];
  /** Arms that ran as they are, since there is nothing in them to edit: no scale to freeze without LayerNorm. */
  unedited?: ArmId[];
}

export interface RunResult extends EditedResult {
  id: string;
  pair: PairId;
  tokens: number[];
  /** Which one ran. */
  engine: EngineId;
  arms: Record<ArmId, RunArm>;
}

export interface Tokens {
  ids: number[];
  pieces: string[];
}

export interface IoiRequest {
  /** In whose vocabulary every word is to be one token. */
  pair?: PairId;
  /** Default 'seeded'. 'paper': the first of its 480, as published. 'transformer-lens': its eight. */
  set?: IoiSetName;
  /** Of 'seeded': how many. Default 16. */
  count?: number;
  /** Of 'seeded': the same seed gives the same prompts. A whole number from 0 to 2³² − 1; default 0. */
  seed?: number;
  /** Of 'seeded': which of the fifteen, from 0. Default 0, the paper's: “Then, … and … went to the …. … gave a … to”. */
  template?: number;
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

/** `dla` with a target of its own at every position. */
export interface DlaPerPositionParameters {
  /** Default 'next': the actual next token, at every position but the last. Else one token for each position, BOS included. */
  targets?: 'next' | TokenRef[];
  /** One token for each target, whose logit is subtracted. */
  contrasts?: TokenRef[];
  /** Default true: the actual is logit − mean logit over the vocabulary (no difference for contrasts). */
  centerUnembed?: boolean;
  /** Default 'head'; 'neuron' names the largest neurons besides. */
  unit?: DlaPerPositionUnit;
  /** How many neurons per position. Default 10. */
  k?: number;
}

export interface ConfidenceNeuronsParameters {
  /** Default 16. */
  k?: number;
  /** Whose ranking chooses the neurons. Default original, else the first arm. */
  by?: ArmId;
  /** Default round(0.016·d_model), or as many directions as are not read at all; the exact all-ones zero not counted. */
  nullDimension?: number;
}

/** `corpus` reads what `text`, `tokens` or `documents` give, as one job a few windows; of a cut-off one the last partial stands. */
export interface CorpusCallbacks {
  /** What there is so far, every second or so; `coverage` says of how much. */
  onPartial?: (partial: AnalysisResult<'corpus'>) => void;
}

/** `activation-patching` goes from the last layer backwards, as one job a few runs; of a cut-off one the last partial stands. */
export interface PatchingCallbacks {
  /** What there is so far, a few times a second; NaN where nothing is measured yet. */
  onPartial?: (partial: AnalysisResult<'activation-patching'>) => void;
}

export type VerifyParameters = Record<never, never>;

/** Who is compared: the two engines, and for small models the plain CPU twin of the kernels. */
export type VerifiedEngine = EngineId | 'cpu';

/** One hook of one arm as two engines computed it. */
export interface VerifyRow extends HookComparison {
  arm: ArmId;
  /** The second is measured against the first. */
  engines: [VerifiedEngine, VerifiedEngine];
}

export interface VerifyArm {
  /** The first row of this arm, in the order of the forward pass, beyond tolerance. */
  divergence: VerifyRow | null;
  /** The row with the largest `relative`. */
  worst: VerifyRow;
  dtype: StorageDType;
  /** sha256 over every parameter as the engines use it: name, shape, f32 values. */
  weights: string;
  source: string;
}

/** What `verify` says beside its arms: enough to attach to a bug report. */
export interface VerifyReport {
  /** Every hook of every arm for every two engines, arm by arm, in the order of the forward pass. */
  hooks: VerifyRow[];
  /** The first hook, in the order of the forward pass, at which any two engines differ beyond tolerance, whatever the arm. */
  firstDivergence: string | null;
  /** What `relative` may be. */
  tolerance: number;
  engines: { engine: VerifiedEngine; device: string }[];
  /** Engines left out, each with its reason. */
  leftOut: string[];
  environment: {
    normless: string;
    userAgent: string;
    adapter: AdapterInfo | null;
    crossOriginIsolated: boolean;
    /** ISO 8601. */
    date: string;
  };
}

/** Every analysis: its parameters, its result per arm and between two arms. */
export interface Analyses {
  predictions: { parameters: PredictionsParameters; arm: PredictionsArm; between: PredictionsBetween };
  'token-stats': { parameters: TokenStatsParameters; arm: TokenStatsArm; between: TokenStatsBetween };
  dla: { parameters: DlaParameters; arm: DlaArm; between: DlaBetween };
  'dla-per-position': {
    parameters: DlaPerPositionParameters;
    arm: DlaPerPositionArm;
    between: DlaPerPositionBetween;
  };
  'confidence-neurons': {
    parameters: ConfidenceNeuronsParameters;
    arm: ConfidenceNeuronsArm;
    between: never;
  };
  corpus: {
    parameters: CorpusParameters & CorpusCallbacks;
    arm: CorpusArm;
    between: CorpusBetween;
    report: CorpusReport;
  };
  'logit-lens': { parameters: LogitLensParameters; arm: LogitLensArm; between: LogitLensBetween | null };
  attention: { parameters: AttentionParameters; arm: AttentionArm; between: AttentionBetween };
  'direct-effect': {
    parameters: DirectEffectParameters;
    arm: DirectEffectArm;
    between: DirectEffectBetween;
  };
  writes: { parameters: WritesParameters; arm: WritesArm; between: WritesBetween };
  'head-circuits': {
    parameters: HeadCircuitsParameters;
    arm: HeadCircuitsArm;
    between: HeadCircuitsBetween;
  };
  /** Of the request's `edits`. */
  'edit-effects': { parameters: EditEffectsParameters; arm: EditEffectsArm; between: never };
  /** Of `clean` and `corrupted`, which stand in for the request's own prompt. */
  'activation-patching': {
    parameters: ActivationPatchingParameters & PatchingCallbacks;
    arm: ActivationPatchingArm;
    between: PatchingBetween;
    report: PatchingReport;
  };
  'attribution-patching': {
    parameters: AttributionPatchingParameters;
    arm: AttributionPatchingArm;
    between: AttributionPatchingBetween;
    report: AttributionPatchingReport;
  };
  'neuron-ablation': { parameters: NeuronAblationParameters; arm: NeuronAblationArm; between: never };
  /** Of the prompt read twice. */
  induction: { parameters: InductionParameters; arm: InductionArm; between: never };
  'null-direction': { parameters: NullDirectionParameters; arm: NullDirectionArm; between: never };
  'norm-scales': { parameters: NormScalesParameters; arm: NormScalesArm; between: never };
  'norm-surgery': { parameters: NormSurgeryParameters; arm: NormSurgeryArm; between: never };
  verify: { parameters: VerifyParameters; arm: VerifyArm; between: never; report: VerifyReport };
}

export type AnalysisId = keyof Analyses;

export type AnalysisRequest<Id extends AnalysisId> = PromptRequest & Analyses[Id]['parameters'];

/** What some analyses say of all arms together, beside them. */
type ReportOf<Id extends AnalysisId> = Analyses[Id] extends { report: infer Report } ? Report : unknown;

export type AnalysisResult<Id extends AnalysisId> = ArmResults<Id> & ReportOf<Id>;

export interface ArmResults<Id extends AnalysisId> extends EditedResult {
  analysis: Id;
  pair: PairId;
  tokens: number[];
  pieces: string[];
  /** Which one ran; of `verify`, the one that the others are measured against. */
  engine: EngineId;
  arms: Record<ArmId, Analyses[Id]['arm']>;
  /** Keyed 'first|second' for every two arms, in the order of `arms`. */
  between?: Record<string, Analyses[Id]['between']>;
}

/** `free`: every arm writes its own text. `forced`: one arm writes, the others read its text along (teacher forcing). */
export type GenerateMode = 'free' | 'forced';

export interface GenerateRequest extends PromptRequest {
  /** At most so many. Default 32. */
  maxTokens?: number;
  /** Logits are divided by it. Default 1, as the model says; 0 always takes the likeliest token. */
  temperature?: number;
  /** Only so many of the likeliest tokens. Default null: all. */
  topK?: number | null;
  /** Only the fewest of the likeliest tokens that hold this share (of what topK left). Default 1: all. */
  topP?: number;
  /** The same seed gives the same text, on every arm the same numbers are drawn. A whole number from 0 to 2³² − 1; default 0. */
  seed?: number;
  /** Tokens that end a text, as its last. Default the end-of-text token (GPT-2's is BOS too); [] for none. */
  stop?: TokenRef | TokenRef[];
  /** Default 'free'. */
  mode?: GenerateMode;
  /** Who writes where the mode is 'forced'. Default the first arm. */
  leader?: ArmId;
  /** Every token as soon as it is there; generating waits for what it returns. After a lost device an index comes again. */
  onToken?: (event: TokenEvent) => unknown;
}

export interface TokenEvent {
  arm: ArmId;
  /** From 0, the first token after the prompt. */
  index: number;
  token: GeneratedToken;
}

/** How likely a token is to an arm, by its logits as they are (temperature 1, nothing filtered). */
export interface TokenReading {
  /** ln of its probability. */
  logprob: number;
  /** How many tokens are likelier; among equals those of a lower id. */
  rank: number;
}

export interface GeneratedToken extends TokenReading {
  id: number;
  piece: string;
  /** Of all that might have come instead, in nats. */
  entropy: number;
  /** The arm's own likeliest token there. */
  best: { id: number; piece: string; logprob: number };
}

/** Why a text ends: all tokens asked for, a token of `stop`, or no position left to feed the last token at. */
export type StopReason = 'max-tokens' | 'stop-token' | 'context-full';

/** `kv-cache`: one position's work a token. `recomputed`: the whole text runs again for each (ONNX Runtime). */
export type GenerateMethod = 'kv-cache' | 'recomputed';

export interface GeneratedArm {
  /** In mode 'forced' the leader's, as this arm finds them. */
  tokens: GeneratedToken[];
  /** Decoded, without the prompt; null without a tokenizer. */
  text: string | null;
  stop: StopReason;
  /** Mode 'free': how each other arm finds this arm's tokens, token by token as far as its context reaches. */
  readBy: Record<ArmId, TokenReading[]>;
}

export interface GenerateResult {
  pair: PairId;
  /** Which one ran. */
  engine: EngineId;
  method: GenerateMethod;
  mode: GenerateMode;
  /** Null in mode 'free'. */
  leader: ArmId | null;
  /** As used, defaults filled in. */
  sampling: { temperature: number; topK: number | null; topP: number; seed: number };
  /** The prompt as it was fed. */
  tokens: number[];
  pieces: string[];
  arms: Record<ArmId, GeneratedArm>;
}

export interface AdapterInfo {
  vendor: string;
  architecture: string;
  /** The driver's own words, where the browser passes them on. */
  description: string;
  isFallback: boolean;
}

export interface SelfCheck {
  /** Which engine was checked. */
  engine: EngineId;
  /** Largest |live − committed| over every number of the committed first result. */
  maxAbs: number;
  tolerance: number;
  ok: boolean;
  /** Where the largest difference sits, e.g. `dla.arms.original.terms.3.value`. */
  where: string;
}

/** One of the two engines, as far as it is known. */
export interface EngineInfo {
  /** `idle`: not needed so far. `unavailable`: it cannot run here, and `note` says why and what to do. */
  state: 'idle' | 'ready' | 'unavailable';
  /** What it computes on, e.g. `google · swiftshader` or `onnxruntime-web 1.30.0, 1 thread`; null until known. */
  device: string | null;
  /** One sentence for people; null where there is nothing to say. */
  note: string | null;
  capabilities: Capabilities;
}

/** Which engine answers where a request does not name one. */
export interface EngineRoute {
  engine: EngineId;
  /** What the person asked for; `auto` where they did not. */
  choice: EngineChoice;
  /** Why this one, in a sentence for people. */
  why: string;
}

export interface EngineStatus {
  phase: 'starting' | 'loading' | 'compiling' | 'checking' | 'ready' | 'recovering' | 'failed';
  /** One sentence for people, what is going on or what went wrong and what to do. */
  message: string;
  progress: Progress | null;
  /** WebGPU's adapter, whether or not it is computed on; null where there is none. */
  adapter: AdapterInfo | null;
  /** null until it is known what this machine has. */
  route: EngineRoute | null;
  engines: Record<EngineId, EngineInfo>;
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
  /** Makes the pair the current one. The engine stays usable meanwhile; an aborted load keeps what arrived. */
  load(request: LoadRequest): Promise<PairInfo>;
  loadFiles(request: LoadFilesRequest): Promise<PairInfo>;
  unload(request: { pair: PairId; arms?: ArmId[] }): Promise<void>;
  /** A pair of one's own, to be loaded by `load`. InputError where the id is taken. */
  add(request: AddRequest): Promise<PairInfo>;
  /** Unloads and forgets an added pair; what is stored of it stays. */
  remove(request: { pair: PairId }): Promise<void>;
  /** What loading would take: download, memory, and whether it fits. */
  budget(request: BudgetRequest): Promise<Budget>;
  /** What this browser keeps of models. */
  storage(): Promise<StorageInfo>;
  /** Deletes kept files by their ids; InputError for those in use by a load. */
  deleteStored(request: { ids: string[] }): Promise<StorageInfo>;
  /** Asks the browser not to clear the storage on its own; whether it agreed. */
  persistStorage(): Promise<boolean>;
  /** Never adds BOS. `pieces` are the texts of the single tokens; a part of a character shows as its bytes `<0xE2>`. */
  tokenize(text: string, options?: { pair?: PairId }): Promise<Tokens>;
  /**
   * Pairs of prompts about who is given something, for `attribution-patching`: drawn by a seed, or published ones. InputError
   * where the pair's vocabulary lacks the words.
   */
  ioi(request?: IoiRequest): Promise<IoiPair[]>;
  run(request: RunRequest): Promise<RunResult>;
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>>;
  /**
   * Continues a prompt token by token on every arm asked for, side by side or one writing and the others reading along.
   * Runs as one job: other requests wait until it ends or is aborted. InputError for what is no way to sample.
   */
  generate(request: GenerateRequest): Promise<GenerateResult>;
  /**
   * Chooses who answers requests that name no engine; `auto` gives the choice back. Opens it, brings the demo there and
   * repeats the self-check. UnsupportedError where it cannot run; the choice before then stays.
   */
  setEngine(request: { engine: EngineChoice } & CallOptions): Promise<EngineRoute>;
  /** Frees what the engine keeps on the device for a run. */
  dispose(run: Pick<RunResult, 'id'>): Promise<void>;
  status(): EngineStatus;
  /** Calls back at once and at every change; returns the way to stop. */
  subscribe(listener: (status: EngineStatus) => void): () => void;
}
