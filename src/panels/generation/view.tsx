/** The generation strip, fetched once the page stands. */

import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

export const GenerationView = lazyView(
  () => import('./strip.tsx').then(({ GenerationStrip }) => GenerationStrip),
  styles.place,
);
