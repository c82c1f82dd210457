/** Words of the glossary in a panel's About; their texts come once the page stands. */

import type { TermName } from '../lessons/glossary.ts';
import { idleView } from './lazyView.tsx';

interface TermsProps {
  words: readonly TermName[];
}

export const Terms = idleView<TermsProps>(async () => (await import('./termList.tsx')).TermList);
