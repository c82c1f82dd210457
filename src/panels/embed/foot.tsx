/** Below a framed panel: what it is of, and the same in the whole page. */

import { useEffect, useState } from 'react';
import { frameAddress } from '../../state/linking/embedding.ts';
import { useWorkbench } from '../../state/store.ts';
import styles from './view.module.css';

/** After the last change, as the page itself waits before it writes its address. Milliseconds. */
const PAUSE = 400;

export function Foot() {
  const state = useWorkbench();
  const [address, setAddress] = useState(() => `${location.origin}${location.pathname}`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever changes on the page may change its link
  useEffect(() => {
    const timer = setTimeout(() => void frameAddress().then(setAddress), PAUSE);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <footer className={styles.foot}>
      <span>Normless: GPT-2 with and without LayerNorm</span>
      <a href={address} target="_blank" rel="noopener">
        Open in Normless
      </a>
    </footer>
  );
}
