/** Fetches the panel once it is opened. */

import { lazyView } from '../lazyView.tsx';

export const PaperView = lazyView(() => import('./body.tsx').then(({ PaperBody }) => PaperBody));
