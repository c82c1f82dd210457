/** Confidence neurons close by, fetched when the panel is opened. */

import { lazyView } from '../lazyView.tsx';

export const NeuronAblationView = lazyView(() =>
  import('./body.tsx').then(({ NeuronAblation }) => NeuronAblation),
);
