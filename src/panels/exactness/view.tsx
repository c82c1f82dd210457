/** How exact attribution is, fetched when it is opened. */

import { lazyView } from '../lazyView.tsx';

export const ExactnessView = lazyView(() => import('./body.tsx').then(({ Exactness }) => Exactness));
