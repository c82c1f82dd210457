/** What a key counts in a head's picture: the attention alone, or with what the key gives for it. */

import type { HeadPattern } from '../../analysis/types/index.ts';
import type { Weighting } from '../../state/closer/attention.ts';
import type { Token } from '../../state/types.ts';
import { list } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

/** [query, key], row-major; null where the head was not weighted so. */
export function weightedBy(head: HeadPattern, weighting: Weighting): Float32Array | null {
  if (weighting === 'dla') return head.dlaWeighted?.data ?? null;
  return weighting === 'value' ? head.valueWeighted.data : head.pattern.data;
}

export function weightingInWords(
  weighting: Weighting,
  target: readonly Token[],
  contrast: readonly Token[],
): string {
  if (weighting === 'pattern') return 'Each query’s attention, which adds up to 1.';
  if (weighting === 'value')
    return 'Attention × ‖v·W_O‖, the length of what the head writes from that key (Kobayashi et al. 2020).';
  const words = (tokens: readonly Token[]) => list(tokens.map(({ piece }) => glyphs(piece)));
  const over = contrast.length ? ` over ${words(contrast)}` : '';
  return `Logits that each key adds through this head for ${words(target)}${over}, every query’s own final σ frozen (LN-free: none).`;
}
