/** LayerNorm itself, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const NormsView = lazyView(() => import('./body.tsx').then(({ Norms }) => Norms));
