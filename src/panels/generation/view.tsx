/** Holds the place of the generation strip and fetches its code once the page stands: nobody needs it to see the first answer. */

import { type ComponentType, useEffect, useState } from 'react';
import styles from './view.module.css';

export function GenerationView() {
  const [Strip, setStrip] = useState<ComponentType | null>(null);
  useEffect(() => {
    let here = true;
    import('./strip.tsx').then(
      ({ GenerationStrip }) => here && setStrip(() => GenerationStrip),
      (error: unknown) =>
        here &&
        setStrip(() => {
          throw error; // while drawing: the panel's error boundary tells
        }),
    );
    return () => {
      here = false;
    };
  }, []);
  return <div className={styles.place}>{Strip && <Strip />}</div>;
}
