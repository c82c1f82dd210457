/** What `dla` says: each part's share of a target's logit at one position. */

export type DlaUnit = 'component' | 'head' | 'neuron' | 'head-source';

export interface DlaTerm {
  /**
   * `embed`, `pos_embed`, `L0.attn`, `L0H3`, `L0.b_O`, `L0.mlp`, `L0N17`, `L0.b_out`, `L0H3←5`, `b_U`; of an edited run also
   * `L0.resid_pre edit` and the like: what an edit put in that no part wrote.
   */
  label: string;
  layer?: number;
  head?: number;
  neuron?: number;
  /** Key position a head read from. */
  source?: number;
  value: number;
}

export interface DlaConvention {
  /** frozen: this run's own final scale at this position divides every term. none: LN-free, there is no scale. */
  finalScale: 'frozen' | 'none';
  /** The divisor: σ at this position, 1 on an LN-free arm. */
  scale: number;
  centerUnembed: boolean;
  valueBias: 'head' | 'folded';
}

export interface DlaArm {
  position: number;
  target: number[];
  contrast: number[];
  unit: DlaUnit;
  terms: DlaTerm[];
  sum: number;
  /** From the model's own logits, independently of the terms. */
  actual: number;
  /** |sum − actual|. */
  error: number;
  /** What `error` may be: 1e-4·max(1, |actual|), 1e-3 in place of 1e-4 where a term exceeds 100. */
  tolerance: number;
  convention: DlaConvention;
}

/** Second arm − first arm, term by term. */
export interface DlaBetween {
  terms: DlaTerm[];
  sum: number;
  actual: number;
}
