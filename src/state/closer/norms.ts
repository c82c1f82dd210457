/** How the panel on LayerNorm itself was left. */

export interface NormsSettings {
  /** The stage of the residual stream whose largest dimensions are listed; null is the last. */
  stage: number | null;
  /** How norms are removed. */
  by: 'cumulative' | 'kind' | 'single';
  /** What σ is replaced by: the prompt's mean, or the number typed. */
  value: 'prompt' | 'typed';
  typed: string;
}

export const INITIAL_NORMS: NormsSettings = { stage: null, by: 'cumulative', value: 'prompt', typed: '1.5' };
