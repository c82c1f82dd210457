/** What is patched, how finely, in which direction, and in what its effect is given. */

import type { PatchDirection, PatchGranularity, PatchSite } from '../../analysis/types/index.ts';
import { patchPatching } from '../../state/closer/patchingPrompts.ts';
import { granularitiesOf, setGranularity, setSite } from '../../state/closer/patchingRuns.ts';
import { useWorkbench } from '../../state/store.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './body.module.css';
import { SITES } from './maps.ts';

const GRANULARITIES: Record<PatchGranularity, string> = {
  position: 'each position',
  head: 'each head',
  'head-position': 'each head at each position',
  'neuron-topk': 'the strongest neurons',
};

const DIRECTIONS: readonly { value: PatchDirection; label: string; title: string }[] = [
  {
    value: 'denoising',
    label: 'clean → corrupted',
    title: 'Denoising: what of the clean run brings the answer back',
  },
  {
    value: 'noising',
    label: 'corrupted → clean',
    title: 'Noising: what of the corrupted run breaks the answer',
  },
];

export function Choices() {
  const { site, granularity, direction, normalise } = useWorkbench((state) => state.closer.patching);
  return (
    <>
      <label className={styles.choice}>
        patch{' '}
        <select
          aria-label="What is patched"
          value={site}
          onChange={(event) => setSite(event.target.value as PatchSite)}
        >
          {SITES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Segmented
        label="How much one patch replaces"
        value={granularity}
        options={granularitiesOf(site).map((value) => ({ value, label: GRANULARITIES[value] }))}
        onChange={setGranularity}
      />
      <Segmented
        label="Direction"
        value={direction}
        options={DIRECTIONS}
        onChange={(direction) => patchPatching({ direction, cell: null })}
      />
      <Segmented
        label="Effects are given"
        value={normalise ? 'share' : 'logits'}
        options={[
          { value: 'share', label: 'share', title: 'Of the difference between clean and corrupted' },
          { value: 'logits', label: 'logits', title: 'As measured' },
        ]}
        onChange={(unit) => patchPatching({ normalise: unit === 'share' })}
      />
    </>
  );
}
