/** What `norm-surgery` says: how a model with LayerNorm does while its scales are replaced by fixed numbers. */

/** What a norm feeds: an MLP, queries and keys, values, or the unembedding. */
export type NormSiteKind = 'mlp' | 'qk' | 'v' | 'final';

/** One norm, or one path of ln1. */
export interface NormSite {
  /** `blocks.0.ln2`, `ln_final`; as in an edit, short names are accepted. */
  site: string;
  /** Of ln1; default both. */
  path?: 'qk' | 'v';
}

export interface NormSurgeryParameters {
  /** 'paper' (default): ln2 of every layer, then ln1's query/key path, then its value path, then ln_final. Else a list of sites. */
  sites?: 'paper' | NormSite[];
  /**
   * 'cumulative' (default): one site more in each step. 'kind': in each step all sites of one kind, alone. 'single': one
   * site alone.
   */
  by?: 'cumulative' | 'kind' | 'single';
  /**
   * What σ is replaced by. 'prompt' (default): its mean over positions ≥ 1 in the very run, so after the sites before it
   * were frozen. A number: everywhere. By site: a number for each, such as the mean on a corpus.
   */
  value?: 'prompt' | number | Record<string, number>;
}

export interface FrozenSite extends NormSite {
  kind: NormSiteKind;
  /** What it was replaced by in this step. */
  sigma: number;
}

export interface NormSurgeryStep {
  /** The first is 'untouched'; then what was frozen, in short: `L0 MLP`, `L3 query/key`, `all MLPs`, `final`. */
  label: string;
  /** Frozen in this step; of a cumulative one those before it still are. */
  frozen: FrozenSite[];
  /** Mean over the prompt's T − 1 next tokens, nats; null of a prompt of one token. */
  loss: number | null;
  /** Mean over all T positions, nats. */
  entropy: number;
  /** KL(untouched ‖ this step), mean over all T positions, nats. */
  kl: number;
  /** What it predicts after the last token. */
  top: { id: number; piece: string; prob: number };
}

export interface NormSurgeryArm {
  /** A `linear` arm has nothing to freeze: its only step is 'untouched', the model that was trained for it. */
  norm: 'layer' | 'linear';
  by: 'cumulative' | 'kind' | 'single';
  steps: NormSurgeryStep[];
}
