/** The panel on a text, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const TextView = lazyView(() => import('./body.tsx').then(({ OnAText }) => OnAText));
