/** The token strip: the prompt as the models see it, and how well each arm predicted each next token. */

import type { Panel } from '../panel.ts';
import { TokensView } from './view.tsx';

export const tokensPanel: Panel = {
  id: 'tokens',
  asks: () => [{ slot: 'token-stats', analysis: 'token-stats', parameters: {} }],
  View: TokensView,
};
