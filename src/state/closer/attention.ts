/** The attention panel as it was left. */

/** What a key counts in a head's picture. */
export type Weighting = 'pattern' | 'value' | 'dla';

export interface AttentionSettings {
  weighting: Weighting;
  /** ε of the sink rates as typed. */
  epsilon: string;
}

export const INITIAL_ATTENTION: AttentionSettings = { weighting: 'pattern', epsilon: '0.3' };
