/** What a part writes, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const WritesView = lazyView(() => import('./body.tsx').then(({ Writes }) => Writes));
