/** What words mean that tooltips explain as well as the glossary: one text for both, and few, since the first script carries them. */

export const MEANS = {
  entropy:
    'How unsure a prediction is, in nats: 0 where one token is certain, larger the more tokens share the probability.',
  LogitVar:
    'The variance, over the vocabulary, of the cosine between what a neuron writes and each token’s unembedding. Near 0, the neuron raises no token above another.',
  head: 'One of several attentions in a layer. It looks at earlier tokens and writes what it brings from there to the residual stream. L3H2 is head 2 of layer 3.',
  neuron:
    'One unit of an MLP: when it fires, it writes its own fixed direction to the residual stream. L3N100 is neuron 100 of layer 3.',
  'null space':
    'The directions of the residual stream that the unembedding does not read, or hardly: writing there changes no logit directly.',
} as const;
