/** What words mean that tooltips explain as well as the glossary: one text for both, and few, since the first script carries them. */

export const MEANS = {
  entropy:
    'How unsure a prediction is, in nats: 0 where one token is certain, larger the more tokens share the probability.',
  LogitVar:
    'The variance, over the vocabulary, of the cosine between what a neuron writes and each token’s unembedding. Near 0, the neuron raises no token above another.',
} as const;
