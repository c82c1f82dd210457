/** Taking what is on show elsewhere: a notebook, a page that stands alone, data, a citation, raw activations. */

import { useEffect, useState } from 'react';
import { toErrorRecord } from '../../base/errors.ts';
import { getState } from '../../state/store.ts';
import { download } from '../../ui/download.ts';
import { Popover } from '../../ui/Popover.tsx';
import { signPictures } from '../../ui/pictureFoot.ts';
import styles from './export.module.css';
import type { ExportKind } from './exportFiles.ts';
import { ActivationsForm, type Outcome } from './exportForm.tsx';

const KINDS: readonly { kind: ExportKind; label: string; about: string }[] = [
  {
    kind: 'notebook',
    label: 'Notebook',
    about: 'Repeats this in PyTorch, TransformerLens and nnsight, these numbers beside (.ipynb)',
  },
  {
    kind: 'html',
    label: 'Web page',
    about: 'These numbers, frozen, in one file that needs no network (.html)',
  },
  { kind: 'json', label: 'All data', about: 'Every request and answer on show, for scripts (.json)' },
  { kind: 'bibtex', label: 'Citation', about: 'The paper and Normless (.bib)' },
];

export function Export() {
  useEffect(() => signPictures(footOfPictures), []);
  return (
    <Popover button="Export" title="Export what is on show" className={styles.button}>
      <ExportBox />
    </Popover>
  );
}

/** Which models, how they are kept, and the link that shows it again. */
async function footOfPictures(): Promise<string[]> {
  const { pictureLines } = await import('./exportFiles.ts');
  return pictureLines(getState(), pageAddress());
}

function pageAddress(): string {
  return `${location.origin}${location.pathname}`;
}

function ExportBox() {
  const [outcome, setOutcome] = useState<Outcome>(null);
  const save = async (kind: ExportKind) => {
    try {
      const { exportFile } = await import('./exportFiles.ts');
      const { name, content } = await exportFile(kind, getState(), pageAddress());
      download(name, content);
      setOutcome({ ok: true, says: `Saved ${name}.` });
    } catch (error) {
      setOutcome({ ok: false, says: toErrorRecord(error).message });
    }
  };
  return (
    <div className={styles.box}>
      <ul className={styles.list}>
        {KINDS.map(({ kind, label, about }) => (
          <li key={kind}>
            <button type="button" className={styles.kind} onClick={() => void save(kind)}>
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
