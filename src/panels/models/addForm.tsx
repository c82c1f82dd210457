/** A pair of one's own: a title, and per model files of this device or a repository of the Hub. */

import { addDraftArm, setDraftTitle, submitDraft } from '../../state/models/draft.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './addForm.module.css';
import { ArmField } from './armField.tsx';

export function AddForm() {
  const { title, arms, working, errors } = useWorkbench((state) => state.models.draft);
  const busy = useWorkbench(({ models }) => models.job?.state === 'running');
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submitDraft();
      }}
    >
      <div className={styles.scroll}>
        <p className={styles.intro}>
          Any checkpoint of the GPT-2 architecture: <code>config.json</code>, one or more{' '}
          <code>.safetensors</code>, and <code>tokenizer.json</code> if there is one. The models of a pair
          share one vocabulary. Files of this device never leave it.
        </p>
        <div className={styles.field}>
          <label htmlFor="draft-title">Title</label>
          <input
            id="draft-title"
            type="text"
            autoComplete="off"
            maxLength={80}
            value={title}
            aria-invalid={errors.title !== undefined}
            aria-describedby="draft-title-error"
            onChange={(event) => setDraftTitle(event.target.value)}
          />
          <p id="draft-title-error" className={styles.error}>
            {errors.title}
          </p>
        </div>
        {arms.map((arm, i) => (
          <ArmField
            key={arm.key}
            arm={arm}
            ordinal={i + 1}
            error={errors[`arm:${arm.key}`]}
            removable={arms.length > 1}
          />
        ))}
        <Button className={styles.more} onClick={addDraftArm}>
          + Another model
        </Button>
      </div>
      <footer className={styles.footer}>
        <p role="alert" className={styles.error}>
          {errors.form}
        </p>
        <span className={styles.note}>
          {busy ? 'Waits for the load under way, then reads' : 'Reads'} names, sizes and headers; loads
          nothing yet.
        </span>
        <Button kind="primary" type="submit" disabled={working}>
          {working ? 'Reading…' : 'Add the pair'}
        </Button>
      </footer>
    </form>
  );
}
