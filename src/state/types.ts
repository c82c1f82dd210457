/** What the page knows, slice by slice: the question asked, how it is viewed, what is selected, the engine, the results, the text that goes on. */

import type { ErrorRecord } from '../base/errors.ts';
import type {
  Analyses,
  AnalysisResult,
  ArmId,
  EngineChoice,
  EngineId,
  EngineStatus,
  GeneratedToken,
  GenerateMode,
  GenerateResult,
  PairId,
  PairInfo,
  Progress,
  StopReason,
  TokenReading,
} from '../engine/api.ts';
import type { CloserSettings } from './closer/index.ts';
import type { EditsSlice } from './edits/types.ts';
import type { LinkingSlice } from './linking/types.ts';
import type { ModelsSlice } from './models/types.ts';
import type { Offline } from './offline.ts';
import type { Sheet } from './sheets.ts';
import type { SLOT_ANALYSES } from './slots.ts';

/** One token of the vocabulary, as a chip shows it. */
export interface Token {
  id: number;
  piece: string;
}

/** What a person asks of a vocabulary, apart from how it is looked at. */
export interface Words {
  text: string;
  target: Token[];
  contrast: Token[];
}

/** The question: everything that decides which numbers are asked for. */
export interface QuestionSlice {
  /** The prompt as typed: a text, or token ids where the pair has no tokenizer. */
  text: string;
  prependBos: boolean;
  pair: PairId;
  /** null is the last position, whatever the prompt's length. */
  position: number | null;
  target: Token[];
  contrast: Token[];
  /** The question in the other language, texts while ids are asked and the reverse: kept for when a pair speaks it. */
  otherWords: Words | null;
}

export type ColourBy = 'none' | 'loss' | 'lossDelta' | 'entropy' | 'jsd' | 'neuron';
export type AttributionView = 'component' | 'neuron' | 'head-source';
export type PredictionMetric = 'prob' | 'logit' | 'rank';
export type Theme = 'auto' | 'light' | 'dark';

/** How the answers are looked at. */
export interface ViewSlice {
  /** The arms on show, in the pair's order. */
  shown: ArmId[];
  /** Δ is the second minus the first. */
  compare: readonly [ArmId, ArmId];
  colourBy: ColourBy;
  predictionMetric: PredictionMetric;
  predictionCount: number;
  attributionView: AttributionView;
  /** One colour scale for all arms' heat maps, or one each. */
  sharedScale: boolean;
  /** Whose ranking chooses the confidence neurons, and how many. */
  neuronsBy: ArmId | null;
  neuronCount: number;
  theme: Theme;
  /** The panel that looks closer, by its id; null while none is open. */
  open: string | null;
}

/** A place in the model that several panels draw: a layer, a head of it, one term of the ledger. */
export interface Place {
  layer?: number;
  head?: number;
  /** The term's label where it is not a whole layer or head, e.g. `embed` or `L3.mlp`. */
  term?: string;
}

/** Pins are clicked and may ask for an analysis; hover is purely visual. Both are shared by all panels. */
export interface SelectionSlice {
  hover: { position?: number; place?: Place; neuron?: number } | null;
  pinned: Place | null;
  neuron: number | null;
}

/** What lies over the page, and what the browser keeps of it. */
export interface SheetsSlice {
  sheet: Sheet | null;
  offline: Offline;
}

/** Something to tell the person, dismissible. */
export interface Notice {
  id: number;
  tone: 'error' | 'info';
  title: string;
  message: string;
}

export interface EngineSlice {
  engine: EngineStatus;
  /** Who is to compute from now on, while the engine sees to it. */
  engineAsked: EngineChoice | null;
  version: string;
  pairs: PairInfo[];
  notices: Notice[];
  /** What is wrong with the prompt as it stands, in a sentence; the results shown are then of the last good one. */
  promptError: string | null;
}

export type SlotAnalyses = typeof SLOT_ANALYSES;
export type SlotId = keyof SlotAnalyses;
export type ResultOf<S extends SlotId> = AnalysisResult<SlotAnalyses[S]>;

/** A panel's request, as data: which slot it fills, by which analysis, with which parameters. */
export type Ask = {
  [S in SlotId]: { slot: S; analysis: SlotAnalyses[S]; parameters: Analyses[SlotAnalyses[S]]['parameters'] };
}[SlotId];

/** The newest good result of one request, and how it stands to the question now asked. */
export interface Slot<S extends SlotId> {
  result: ResultOf<S> | null;
  /** The request that `result` answers. */
  key: string | null;
  /** `committed` came with the build; `live` was computed here. */
  from: 'committed' | 'live';
  working: boolean;
  /** How far the work is, of those that take seconds. */
  progress: Progress | null;
  error: ErrorRecord | null;
}
export type Slots = { [S in SlotId]: Slot<S> };

/** What a person pressed a button for: it takes seconds, so another question waits for another press. */
export interface HandQuestion {
  /** Its request. */
  key: string;
  arms: ArmId[];
}

export interface ResultsSlice {
  slots: Slots;
  handAsked: Partial<Record<SlotId, HandQuestion>>;
  /** The request each slot should answer now; absent where nothing asks for it. */
  wanted: Partial<Record<SlotId, string>>;
}

/** How a text is to be generated, the numbers as they are typed; empty is the default. */
export interface GenerationSettings {
  mode: GenerateMode;
  /** Who writes in mode 'forced'; null is the first arm on show. */
  leader: ArmId | null;
  maxTokens: string;
  temperature: string;
  topK: string;
  topP: string;
  seed: string;
}

/** What one arm has said so far. */
export interface ArmText {
  tokens: GeneratedToken[];
  /** `stopped` by the person; null while it is coming in. */
  stop: StopReason | 'stopped' | null;
  /** As in the result. */
  readBy: Record<ArmId, TokenReading[]>;
}

/** The newest text asked for, finished or not. */
export interface Generated {
  /** The prompt it goes on from. */
  prompt: { pair: PairId; text: string; prependBos: boolean };
  mode: GenerateMode;
  leader: ArmId | null;
  arms: Record<ArmId, ArmText>;
  /** Who computed it and how; null until it is finished. */
  by: { engine: EngineId; method: GenerateResult['method'] } | null;
}

export interface GenerationSlice {
  generationSettings: GenerationSettings;
  generating: boolean;
  generated: Generated | null;
  /** Why the newest text asked for did not come, or not to its end. */
  generationError: string | null;
}

export type WorkbenchState = QuestionSlice &
  ViewSlice &
  SelectionSlice &
  EngineSlice &
  ResultsSlice &
  EditsSlice &
  SheetsSlice &
  GenerationSlice & { models: ModelsSlice; closer: CloserSettings; linking: LinkingSlice };
