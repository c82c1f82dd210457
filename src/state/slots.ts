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

/** Of the edited models, while edits are on: each beside the unedited of the same name. */
export const EDITED = {
  'edited:token-stats': 'token-stats',
  'edited:predictions': 'predictions',
  'edited:dla:component': 'dla',
  'edited:dla:head': 'dla',
  'edited:dla:neuron': 'dla',
  'edited:dla:head-source': 'dla',
  'edited:confidence-neurons': 'confidence-neurons',
} as const;

/** What else there is to say of edits. */
export const OF_EDITS = {
  /** How likely the unedited models find what the edited ones predict. */
  'before:predictions': 'predictions',
  'edit-effects': 'edit-effects',
} as const;

/** A slot that has an edited one beside it. */
export type MainSlot = keyof typeof COMMITTED | keyof typeof ON_DEMAND;

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
  induction: 'induction',
  'logit-lens': 'logit-lens',
  attention: 'attention',
  'attention:head': 'attention',
  'norm-scales': 'norm-scales',
  'norm-surgery': 'norm-surgery',
} as const;

export const SLOT_ANALYSES = {
  ...COMMITTED,
  ...ON_DEMAND,
  ...EDITED,
  ...OF_EDITS,
  ...OF_OPENED_PANELS,
} as const;
