/** The model pairs this build knows: data, not code. One entry to add a pair. */

import type { Gpt2Sizes, NormKind } from '../tensor/params.ts';
import type { ArmId, PairId } from './api.ts';

/** Where an arm's checkpoint lies: in a folder beside the app, or in a repository of the Hub. */
export type RegisteredSource =
  | { readonly bundled: string }
  | { readonly repo: string; readonly revision?: string };

export interface RegisteredArm {
  readonly id: ArmId;
  readonly title: string;
  readonly about: string;
  /** As its card says; null where the card says nothing. */
  readonly license: string | null;
  readonly source: RegisteredSource;
  readonly norm: NormKind['kind'];
  /** Bytes of its weight files, for the budget before the repository is looked up. */
  readonly files: number;
}

export interface RegisteredPair {
  readonly id: PairId;
  readonly title: string;
  readonly about: string;
  /** Known before config.json is read: it decides what the models take. */
  readonly architecture: Gpt2Sizes;
  readonly arms: readonly RegisteredArm[];
}

/** The pair the page opens on. */
export const DEMO_PAIR: PairId = 'demo';

const GPT2 = { nCtx: 1024, dVocab: 50257 };
const OPENAI = 'mit';
/** The LN-free models and their controls: OpenAI's own licence for GPT-2, a modified MIT. */
const FINE_TUNED = 'other (openai-gpt2-license)';

/**
 * Three arms of one size. Without a revision a repository is pinned to the commit it is at when first looked up.
 * `parameters` in F32 is what `save_pretrained` writes; OpenAI's own files have the mask buffers as well.
 */
function family(
  size: string,
  repo: string,
  steps: number,
  parameters: number,
  openaiFile: number,
  revision?: string,
): RegisteredArm[] {
  const fineTuned = (kind: string) => ({ repo: `schaeff/gpt2-${size}_${kind}${steps}` });
  return [
    {
      id: 'original',
      title: 'Original',
      about: `OpenAI’s GPT-2 as released, with LayerNorm.`,
      license: OPENAI,
      source: { repo, ...(revision && { revision }) },
      norm: 'layer',
      files: openaiFile,
    },
    {
      id: 'vanilla',
      title: 'Vanilla FT',
      about: `The control: fine-tuned on OpenWebText for ${steps} steps like the LN-free model, LayerNorm kept.`,
      license: FINE_TUNED,
      source: fineTuned('vanilla'),
      norm: 'layer',
      files: 4 * parameters,
    },
    {
      id: 'lnfree',
      title: 'LN-free',
      about: `Fine-tuned on OpenWebText for ${steps} steps while LayerNorm was removed, norm by norm.`,
      license: FINE_TUNED,
      source: fineTuned('LNFree'),
      norm: 'linear',
      files: 4 * parameters,
    },
  ];
}

export const REGISTRY: readonly RegisteredPair[] = [
  {
    id: DEMO_PAIR,
    title: 'Demo · 4 layers, 3.4 M parameters',
    about: 'Three small models of children’s stories, trained for Normless and delivered with the page.',
    architecture: { nLayers: 4, nHeads: 6, dModel: 192, nCtx: 256, dVocab: 8192 },
    arms: [
      {
        id: 'original',
        title: 'Original',
        about:
          'Trained from scratch, with LayerNorm. Its embedding was held at zero in 8 of 192 directions: its null space is made, not learnt.',
        license: 'mit',
        source: { bundled: 'models/demo/original' },
        norm: 'layer',
        files: 7_022_350,
      },
      {
        id: 'vanilla',
        title: 'Vanilla FT',
        about: 'The control: trained on for as many steps as the LN-free model, LayerNorm kept.',
        license: 'mit',
        source: { bundled: 'models/demo/vanilla' },
        norm: 'layer',
        files: 7_022_350,
      },
      {
        id: 'lnfree',
        title: 'LN-free',
        about: 'Trained on while LayerNorm was removed, norm by norm.',
        license: 'mit',
        source: { bundled: 'models/demo/lnfree' },
        norm: 'linear',
        files: 7_022_350,
      },
    ],
  },
  {
    id: 'gpt2-small',
    title: 'GPT-2 small · 12 layers, 124 M parameters',
    about: 'The size most of the interpretability literature is about.',
    architecture: { ...GPT2, nLayers: 12, nHeads: 12, dModel: 768 },
    arms: [
      ...family(
        'small',
        'openai-community/gpt2',
        300,
        124_439_808,
        548_105_171,
        '607a30d783dfa663caf39e06633721c8d4cfcd7e',
      ),
      {
        id: 'lnfree-2024',
        title: 'LN-free 2024',
        about: 'The first LayerNorm-free GPT-2 small (arXiv 2409.13710), by another removal recipe.',
        license: null,
        source: { repo: 'apollo-research/gpt2_noLN' },
        norm: 'linear',
        files: 497_759_232,
      },
    ],
  },
  {
    id: 'gpt2-medium',
    title: 'GPT-2 medium · 24 layers, 355 M parameters',
    about: 'The second size of the paper’s experiments.',
    architecture: { ...GPT2, nLayers: 24, nHeads: 16, dModel: 1024 },
    arms: family('medium', 'openai-community/gpt2-medium', 500, 354_823_168, 1_519_955_968),
  },
  {
    id: 'gpt2-large',
    title: 'GPT-2 large · 36 layers, 774 M parameters',
    about: 'A large download: choose 16-bit or 8-bit storage on most devices.',
    architecture: { ...GPT2, nLayers: 36, nHeads: 20, dModel: 1280 },
    arms: family('large', 'openai-community/gpt2-large', 600, 774_030_080, 3_247_115_264),
  },
  {
    id: 'gpt2-xl',
    title: 'GPT-2 XL · 48 layers, 1.6 B parameters',
    about:
      'The largest. Its LN-free arm really does explode on tabs and form feeds; such values are shown as they are.',
    architecture: { ...GPT2, nLayers: 48, nHeads: 25, dModel: 1600 },
    arms: family('xl', 'openai-community/gpt2-xl', 800, 1_557_611_200, 6_431_771_392),
  },
];
