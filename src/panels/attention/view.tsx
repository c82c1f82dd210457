/** The attention panel, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const AttentionView = lazyView(() => import('./body.tsx').then(({ Attention }) => Attention));
