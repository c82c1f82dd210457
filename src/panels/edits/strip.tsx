/** The strip of edits: chips, which of base, edited and difference is looked at, the form, and what went wrong. */

import { clearEdits, openEditForm, setEditView } from '../../state/edits/actions.ts';
import type { EditView } from '../../state/edits/types.ts';
import { editsOn, viewOf } from '../../state/edits/viewed.ts';
import { armTitle } from '../../state/selectors.ts';
import { EDITED } from '../../state/slots.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { list } from '../../ui/format.ts';
import { Maximisable, MaximiseButton } from '../../ui/Maximise.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Chips } from './chips.tsx';
import { Effects } from './effects.tsx';
import { EditForm } from './form.tsx';
import { refusals } from './refusals.ts';
import styles from './view.module.css';

const EDITED_SLOTS = Object.keys(EDITED) as (keyof typeof EDITED)[];

const VIEWS: readonly { value: EditView; label: string; title: string }[] = [
  { value: 'base', label: 'base', title: 'The models as they are' },
  { value: 'edited', label: 'edited', title: 'With the edits that are on' },
  { value: 'difference', label: 'edited − base', title: 'What the edits changed' },
];

export function EditsStrip() {
  const state = useWorkbench();
  const { edits, editForm, slots } = state;
  const on = editsOn(state);
  const pieces = slots['token-stats'].result?.pieces ?? [];
  const { byEdit, others } = refusals(state);
  const refused = byEdit.size > 0 || others.length > 0;
  const unedited = slots['edited:token-stats'].result?.unedited ?? [];
  return (
    <Maximisable className={styles.edits} aria-labelledby="edits-title">
      <div className={styles.bar}>
        <h2 id="edits-title" className={styles.title}>
          Edits
        </h2>
        {edits.length > 0 && <Chips entries={edits} pieces={pieces} refused={byEdit} />}
        {!editForm && (
          <Button kind="quiet" onClick={() => openEditForm(true)}>
            + another
          </Button>
        )}
        {edits.length > 1 && (
          <Button kind="quiet" onClick={() => void clearEdits()}>
            Remove all
          </Button>
        )}
        <Working />
        <span className={styles.shown}>
          {on && (
            <>
              show{' '}
              <Segmented
                label="What the panels show"
                value={viewOf(state)}
                options={VIEWS}
                onChange={(view) => void setEditView(view)}
              />
            </>
          )}
          <MaximiseButton title="Edits" />
        </span>
      </div>
      {others.map((message) => (
        <p key={message} className={styles.error} role="alert">
          {message}
        </p>
      ))}
      {refused && <p className={styles.note}>The panels show what they could show last.</p>}
      {on && unedited.length > 0 && (
        <p className={styles.note}>
          There is nothing in {list(unedited.map(armTitle))} that these edits could change: without LayerNorm
          no scale can be frozen.
        </p>
      )}
      {editForm && <EditForm />}
      {on && !refused && <Effects />}
    </Maximisable>
  );
}

/** The first edit may have to bring the models to our own kernels, which takes seconds. */
function Working() {
  const state = useWorkbench();
  const working = EDITED_SLOTS.find((slot) => state.slots[slot].working);
  const unit = working && state.slots[working].progress?.unit;
  const moving = unit === 'bytes' || unit === 'pipelines';
  return (
    <span className={styles.note} aria-live="polite">
      {working && (moving ? 'bringing the models to our WebGPU kernels …' : 'running the edited models …')}
    </span>
  );
}
