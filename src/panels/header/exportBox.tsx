/** The menu of what can be taken elsewhere: a notebook, a page that stands alone, data, a citation, raw activations. */

import { useState } from 'react';
import { toErrorRecord } from '../../base/errors.ts';
import { EXPORTS, saveExport } from '../exports.ts';
import styles from './export.module.css';
import type { ExportKind } from './exportFiles.ts';
import { ActivationsForm, type Outcome } from './exportForm.tsx';

export function ExportBox() {
  const [outcome, setOutcome] = useState<Outcome>(null);
  const save = async (kind: ExportKind) => {
    try {
      setOutcome({ ok: true, says: `Saved ${await saveExport(kind)}.` });
    } catch (error) {
      setOutcome({ ok: false, says: toErrorRecord(error).message });
    }
  };
  return (
    <div className={styles.box}>
      <ul className={styles.list}>
        {EXPORTS.map(({ kind, label, about }) => (
          <li key={kind}>
            <button type="button" className={styles.button} onClick={() => void save(kind)}>
              {label}
            </button>
            <span className={styles.about}>{about}</span>
          </li>
        ))}
      </ul>
      <ActivationsForm onOutcome={setOutcome} />
      <p className={outcome?.ok === false ? styles.bad : styles.good} aria-live="polite">
        {outcome?.says}
      </p>
    </div>
  );
}
