/** One model of a pair being put together: its name, and where its files are. */

import { useId } from 'react';
import { refuseDraftArm, removeDraftArm, setDraftArm } from '../../state/models/draft.ts';
import type { DraftArm } from '../../state/models/types.ts';
import { ARM_NOTES, armTitle } from '../../state/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { FileField } from '../../ui/FileField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './armField.module.css';

const USUAL = ['original', 'vanilla', 'lnfree'] as const;
const OTHER = 'another name';

interface ArmFieldProps {
  arm: DraftArm;
  ordinal: number;
  error: string | undefined;
  removable: boolean;
}

export function ArmField({ arm, ordinal, error, removable }: ArmFieldProps) {
  const id = useId();
  const usual = USUAL.some((name) => name === arm.id);
  const change = (part: Partial<DraftArm>) => setDraftArm(arm.key, part);
  return (
    <fieldset className={styles.arm} aria-describedby={error ? `${id}-error` : undefined}>
      <legend className={styles.legend}>Model {ordinal}</legend>
      <div className={styles.head}>
        <select
          aria-label={`What model ${ordinal} is`}
          value={usual ? arm.id : OTHER}
          title={ARM_NOTES[arm.id]}
          onChange={(event) => change({ id: event.target.value === OTHER ? '' : event.target.value })}
        >
          {USUAL.map((name) => (
            <option key={name} value={name}>
              {armTitle(name)}
            </option>
          ))}
          <option value={OTHER}>{OTHER}…</option>
        </select>
        {!usual && (
          <input
            type="text"
            className={styles.name}
            aria-label={`Name of model ${ordinal}`}
            placeholder="e.g. step-300"
            value={arm.id}
            maxLength={32}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change({ id: event.target.value })}
          />
        )}
        <Segmented
          label={`Where model ${ordinal} is`}
          value={arm.from}
          options={[
            { value: 'files', label: 'on this device' },
            { value: 'hub', label: 'on the Hub' },
          ]}
          onChange={(from) => change({ from })}
        />
        {removable && (
          <Button
            kind="quiet"
            className={styles.remove}
            aria-label={`Remove model ${ordinal} from the form`}
            onClick={() => removeDraftArm(arm.key)}
          >
            ×
          </Button>
        )}
      </div>
      {arm.from === 'files' ? (
        <FileField
          label={`Files of model ${ordinal}`}
          files={arm.files}
          onFiles={(files) => change({ files })}
          onRefuse={(message) => refuseDraftArm(arm.key, message)}
        />
      ) : (
        <Repository arm={arm} ordinal={ordinal} invalid={error !== undefined} />
      )}
      <p id={`${id}-error`} className={styles.error} aria-live="polite">
        {error}
      </p>
    </fieldset>
  );
}

function Repository({ arm, ordinal, invalid }: { arm: DraftArm; ordinal: number; invalid: boolean }) {
  return (
    <div className={styles.repository}>
      <input
        type="text"
        aria-label={`Repository of model ${ordinal}`}
        aria-invalid={invalid}
        placeholder="owner/name"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={arm.repo}
        onChange={(event) => setDraftArm(arm.key, { repo: event.target.value })}
      />
      <input
        type="text"
        aria-label={`Revision of model ${ordinal}, optional`}
        placeholder="revision: main"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={arm.revision}
        onChange={(event) => setDraftArm(arm.key, { revision: event.target.value })}
      />
    </div>
  );
}
