/** Patching, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const PatchingView = lazyView(() => import('./body.tsx').then(({ Patching }) => Patching));
