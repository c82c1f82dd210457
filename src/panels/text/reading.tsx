/** How the text is read: how much at a time, how much of that again, with BOS or without, and what else is measured. */

import type { Overlap } from '../../state/closer/text.ts';
import { contextOf, patchText, windowOf } from '../../state/closer/textReading.ts';
import { useWorkbench } from '../../state/store.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './body.module.css';

const WINDOWS = [32, 64, 128, 256, 512, 1024];

const OVERLAPS: readonly { value: Overlap; label: string; title: string }[] = [
  {
    value: 'none',
    label: 'none',
    title: 'A window begins where the last one ended: the first tokens of each have little before them',
  },
  {
    value: 'half',
    label: 'half',
    title: 'Every token has half a window before it or more; takes twice as long',
  },
  {
    value: 'most',
    label: '⅞',
    title: 'Every token has ⅞ of a window before it or more; takes eight times as long',
  },
];

export function Reading() {
  const state = useWorkbench();
  const { overlap, prependBos, attribution } = state.closer.text;
  const most = contextOf(state) ?? 128;
  const windows = [...new Set([...WINDOWS.filter((window) => window < most), most])];
  return (
    <div className={styles.how}>
      <label>
        <select
          aria-label="Tokens at a time"
          value={windowOf(state)}
          onChange={(event) => patchText({ window: Number(event.target.value) })}
        >
          {windows.map((window) => (
            <option key={window}>{window}</option>
          ))}
        </select>{' '}
        tokens at a time
      </label>
      <span className={styles.choice}>
        overlap
        <Segmented
          label="Overlap of windows"
          value={overlap}
          options={OVERLAPS}
          onChange={(overlap) => patchText({ overlap })}
        />
      </span>
      <label title="Every window begins with <|endoftext|>, as prompts on this page do. The paper reads without it.">
        <input
          type="checkbox"
          checked={prependBos}
          onChange={(event) => patchText({ prependBos: event.target.checked })}
        />{' '}
        BOS first
      </label>
      <label title="Also attributes every token that came to the heads, which takes longer: windows are read one by one then.">
        <input
          type="checkbox"
          checked={attribution}
          onChange={(event) => patchText({ attribution: event.target.checked })}
        />{' '}
        and what each head adds on average
      </label>
    </div>
  );
}
