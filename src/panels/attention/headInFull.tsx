/** The pinned head in full: its pattern per arm and their difference, plain or weighted, and two buttons to take it out. */

import type { Weighting } from '../../state/closer/attention.ts';
import { pinnedHead, setAttention } from '../../state/closer/attentionAsks.ts';
import { useWorkbench } from '../../state/store.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { Ablate } from '../ablate.tsx';
import styles from './body.module.css';
import { PatternMaps } from './patternMaps.tsx';

const WEIGHTINGS: readonly { value: Weighting; label: string }[] = [
  { value: 'pattern', label: 'attention' },
  { value: 'value', label: '× value length' },
  { value: 'dla', label: '× logit share' },
];

export function HeadInFull() {
  const state = useWorkbench();
  const wanted = pinnedHead(state);
  const { weighting } = state.closer.attention;
  const { result } = state.slots['attention:head'];
  if (!wanted) return <p className={styles.hint}>Click a head above, or its name, to see it in full.</p>;
  const arms = state.shown.flatMap((arm) => {
    const own = result?.arms[arm]?.head;
    return own && own.layer === wanted.layer && own.head === wanted.head ? [{ arm, own }] : [];
  });
  const options = WEIGHTINGS.map((option) => ({
    ...option,
    disabled: option.value === 'dla' && state.target.length === 0,
  }));
  return (
    <div className={styles.full}>
      <h3 className={styles.name}>
        L{wanted.layer}H{wanted.head} in full
      </h3>
      <div className={styles.legends}>
        <Segmented
          label="What a key counts"
          value={weighting}
          options={options}
          onChange={(value) => void setAttention({ weighting: value })}
        />
        <Ablate place={wanted} name={`L${wanted.layer}H${wanted.head}`} />
      </div>
      {arms.length > 0 && result && <PatternMaps arms={arms} pieces={result.pieces} weighting={weighting} />}
    </div>
  );
}
