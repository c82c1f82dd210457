/** The logit lens, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const LogitLensView = lazyView(() => import('./body.tsx').then(({ LogitLens }) => LogitLens));
