/** Every place a result is kept, with the analysis it comes from. */

/** What the page opens with: committed with the build. */
export const COMMITTED = {
  'token-stats': 'token-stats',
  predictions: 'predictions',
  'dla:component': 'dla',
  'dla:head': 'dla',
  'confidence-neurons': 'confidence-neurons',
} as const;

/** More of the same, once somebody looks. */
export const ON_DEMAND = {
  'dla:neuron': 'dla',
  'dla:head-source': 'dla',
} as const;

/** Of panels that a person opened: they show how far they are, and what went wrong, themselves. */
export const OF_OPENED_PANELS = {
  'direct-effect': 'direct-effect',
  'direct-effect:all': 'direct-effect',
  'direct-effect:neuron': 'direct-effect',
  writes: 'writes',
  'head-circuits': 'head-circuits',
  verify: 'verify',
  'neuron-ablation': 'neuron-ablation',
  'neuron-weights': 'confidence-neurons',
  'null-direction': 'null-direction',
  'logit-lens': 'logit-lens',
  attention: 'attention',
  'attention:head': 'attention',
  'norm-scales': 'norm-scales',
  'norm-surgery': 'norm-surgery',
} as const;

export const SLOT_ANALYSES = { ...COMMITTED, ...ON_DEMAND, ...OF_OPENED_PANELS } as const;
