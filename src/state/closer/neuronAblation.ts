/** How the close look at confidence neurons was left. */

export interface NeuronAblationSettings {
  /** How many of the best-ranked neurons are ablated. */
  count: number;
  /** What the bars and lines are of. */
  effect: 'entropy' | 'loss';
  /** How much of the least-read direction is added, one of AMOUNTS. */
  amount: number;
  /** Token counts that a person gave, and the file's name. */
  counts: { name: string; values: number[] } | null;
  /** What is drawn of a text read twice: the entropy, or what ablation changes of it. */
  twice: 'entropy' | 'change';
}

export const INITIAL_NEURON_ABLATION: NeuronAblationSettings = {
  count: 10,
  effect: 'entropy',
  amount: 1,
  counts: null,
  twice: 'entropy',
};
