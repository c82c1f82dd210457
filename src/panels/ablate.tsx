/** Takes out what is chosen in a picture, by two buttons beside it or by a key over it. */

import type { ReactNode } from 'react';
import { type Ablation, type AblationPlace, ablatedBy, ablationOf } from '../state/edits/ablation.ts';
import { ablate } from '../state/edits/actions.ts';
import { getState, useWorkbench } from '../state/store.ts';
import styles from './ablate.module.css';

const WAYS: readonly { how: Ablation; label: string; title: string }[] = [
  { how: 'zero', label: '→ 0', title: 'Set it to 0 at every position, in every arm (X over the picture)' },
  {
    how: 'mean',
    label: '→ mean',
    title: 'Set it to its mean over this prompt’s positions, in every arm (Shift+X over the picture)',
  },
];

const CUT =
  'Take this attention away in every arm; the rest of the row grows to 1 again (X over the picture)';

interface AblateProps {
  place: AblationPlace;
  /** The place by name, e.g. `L5H3`. */
  name: string;
}

/** A button for each way in which the place can be taken out; nothing for one that no edit reaches. */
export function Ablate({ place, name }: AblateProps) {
  const now = useWorkbench((state) => ablatedBy(state.edits, place));
  const ways = WAYS.filter(({ how }) => ablationOf(place, how));
  if (ways.length === 0) return null;
  const cut = place.key !== undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: it stands within a line of text
    <span className={styles.ablate} role="group" aria-label={`Ablate ${name}`}>
      <span>{cut || place.norm ? name : `ablate ${name}`}</span>
      {ways.map(({ how, label, title }) => (
        <button
          key={how}
          type="button"
          aria-pressed={now === how}
          title={now === how ? 'Put it back' : cut ? CUT : title}
          onClick={() => void ablate(place, how)}
        >
          {cut ? 'cut' : label}
        </button>
      ))}
    </span>
  );
}

interface AblateAreaProps {
  /** What the keyboard stands on, or else what is pinned; asked when the key is pressed. */
  place: () => AblationPlace | null;
  children: ReactNode;
}

/** While the focus is inside, X sets to 0 and Shift+X to the mean; again, and it is put back. */
export function AblateArea({ place, children }: AblateAreaProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys come from the grids and buttons inside
    <div
      onKeyDown={(event) => {
        if (event.key.toLowerCase() !== 'x' || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select')) return;
        const at = place();
        if (!at) return;
        event.preventDefault();
        void ablate(at, event.shiftKey ? 'mean' : 'zero');
      }}
    >
      {children}
    </div>
  );
}

/** The head that the keyboard stands on, else the pinned one. */
export function headUnderKeys(): AblationPlace | null {
  const { hover, pinned } = getState();
  const place = hover?.place ?? pinned;
  return place?.head === undefined ? null : place;
}
