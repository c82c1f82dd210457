/** The form for any edit: what becomes of which activation, where it is narrowed, and by which numbers. */

import { useState } from 'react';
import { addEdit, openEditForm } from '../../state/edits/actions.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { type EditKind, KINDS, SITES, type SiteName, sitesOf } from './choices.ts';
import { type Draft, emptyDraft, withKind } from './draft.ts';
import { type Change, Field, type PartProps } from './field.tsx';
import { makeEdit } from './make.ts';
import { Values } from './values.tsx';
import styles from './view.module.css';

export function EditForm() {
  const state = useWorkbench();
  const [draft, setDraft] = useState(() => emptyDraft(state.shown[0] ?? 'original', state.text));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change: Change = (part) => {
    setError(null);
    setDraft((before) => ({ ...before, ...part }));
  };
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      const { edit, about } = await makeEdit(draft);
      void addEdit(edit, about);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={styles.form}
      aria-label="Add an edit"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <What draft={draft} change={change} setDraft={setDraft} />
      <Values draft={draft} change={change} />
      <span className={styles.submit}>
        <Button type="submit" kind="primary" disabled={busy}>
          {busy ? 'Asking the engine …' : 'Add'}
        </Button>
        <Button kind="quiet" onClick={() => openEditForm(false)}>
          Close
        </Button>
      </span>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

/** Kind, site, and what narrows it. */
function What({ draft, change, setDraft }: PartProps & { setDraft: (draft: Draft) => void }) {
  const { kind, site } = draft;
  return (
    <>
      <label>
        what{' '}
        <select value={kind} onChange={(event) => setDraft(withKind(draft, event.target.value as EditKind))}>
          {Object.entries(KINDS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {site !== 'ln_final' && <Field label="layer" field="layer" draft={draft} change={change} />}
      <label>
        where{' '}
        <select value={site} onChange={(event) => change({ site: event.target.value as SiteName })}>
          {sitesOf(kind).map((each) => (
            <option key={each} value={each}>
              {SITES[each].label}
            </option>
          ))}
        </select>
      </label>
      {SITES[site].narrow.map((field) => (
        <Field key={field} label={field} field={field} draft={draft} change={change} />
      ))}
    </>
  );
}
