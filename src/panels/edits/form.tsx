/** The form for any edit: what becomes of which activation, where it is narrowed, and by which numbers. */

import { useState } from 'react';
import { addEdit, openEditForm } from '../../state/edits/actions.ts';
import { armsToAsk, armTitle, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { tokenize } from '../../state/vocabulary.ts';
import { Button } from '../../ui/Button.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TokenPicker } from '../../ui/TokenPicker.tsx';
import { type EditKind, KINDS, SITES, type SiteName, sitesOf } from './choices.ts';
import { type Direction, type Draft, emptyDraft, withKind } from './draft.ts';
import { makeEdit } from './make.ts';
import styles from './view.module.css';

/** A change of the draft. */
type Change = (change: Partial<Draft>) => void;

const EVERYWHERE: Readonly<Record<string, string>> = {
  position: 'all',
  head: 'all',
  neuron: 'all',
  query: 'all',
  key: 'all',
};

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

interface PartProps {
  draft: Draft;
  change: Change;
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

type NumberField = 'layer' | 'position' | 'head' | 'neuron' | 'query' | 'key' | 'value' | 'amount';

function Field({ label, field, draft, change }: PartProps & { label: string; field: NumberField }) {
  return (
    <label>
      {label}{' '}
      <input
        className={styles.number}
        inputMode="decimal"
        autoComplete="off"
        placeholder={EVERYWHERE[field]}
        value={draft[field]}
        onChange={(event) => change({ [field]: event.target.value })}
      />
    </label>
  );
}

/** The numbers an edit needs, by its kind. */
function Values({ draft, change }: PartProps) {
  switch (draft.kind) {
    case 'zero':
    case 'knock-out':
      return null;
    case 'mean':
      return (
        <Numbers label="mean" hint="empty: over this prompt’s positions" draft={draft} change={change} />
      );
    case 'set':
      return <Numbers label="to" hint="one number, or a list" draft={draft} change={change} />;
    case 'scale':
      return <Numbers label="by" hint="one number, or a list" draft={draft} change={change} />;
    case 'add':
      return <Steering draft={draft} change={change} />;
    case 'from-run':
      return (
        <Text
          label="the other prompt"
          hint="as many tokens as this prompt"
          value={draft.text}
          onChange={(text) => change({ text })}
        />
      );
    case 'freeze-norm':
      return (
        <>
          {draft.site === 'ln1' && (
            <label>
              for{' '}
              <select
                value={draft.path}
                onChange={(event) => change({ path: event.target.value as Draft['path'] })}
              >
                <option value="">queries, keys and values</option>
                <option value="qk">queries and keys</option>
                <option value="v">values</option>
              </select>
            </label>
          )}
          <Numbers label="σ" hint="empty: its mean over this prompt" draft={draft} change={change} />
        </>
      );
    default:
      return draft.kind satisfies never;
  }
}

function Numbers({ label, hint, draft, change }: PartProps & { label: string; hint: string }) {
  return <Text label={label} hint={hint} value={draft.value} onChange={(value) => change({ value })} />;
}

interface TextProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

function Text({ label, hint, value, onChange }: TextProps) {
  return (
    <label className={styles.wide}>
      {label}{' '}
      <input
        type="text"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={hint}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

const DIRECTIONS: readonly { value: Direction; label: string; title: string }[] = [
  {
    value: 'token',
    label: 'a token’s',
    title: 'The direction along which this token’s logit grows, by the final gain and the unembedding',
  },
  {
    value: 'prompts',
    label: 'two prompts’ difference',
    title: 'What the place holds at the last position of one prompt, less what it holds at that of another',
  },
  { value: 'numbers', label: 'numbers', title: 'One number for all, or as many as the place has' },
];

function Steering({ draft, change }: PartProps) {
  const state = useWorkbench();
  const { direction, token } = draft;
  const choose = (chosen: Draft['token']) => change({ token: chosen });
  return (
    <>
      <Segmented
        label="Direction"
        value={direction}
        options={DIRECTIONS}
        onChange={(value) => change({ direction: value })}
      />
      {direction === 'numbers' && (
        <Numbers label="+" hint="one number, or a list" draft={draft} change={change} />
      )}
      {direction === 'token' && (
        <span className={styles.token}>
          <TokenPicker
            ids={speaksIds(state)}
            label="Token of the direction"
            tokens={token ? [token] : []}
            empty="a token"
            resolve={tokenize}
            onReplace={choose}
            onAdd={choose}
            onRemove={() => choose(null)}
          />
        </span>
      )}
      {direction === 'prompts' && (
        <>
          <Text label="from" hint="a prompt" value={draft.text} onChange={(text) => change({ text })} />
          <Text
            label="less"
            hint="another prompt"
            value={draft.minus}
            onChange={(minus) => change({ minus })}
          />
        </>
      )}
      {direction !== 'numbers' && (
        <>
          <Field label="times" field="amount" draft={draft} change={change} />
          <label title="The same numbers are added in every arm">
            of{' '}
            <select value={draft.arm} onChange={(event) => change({ arm: event.target.value })}>
              {armsToAsk(state).map((arm) => (
                <option key={arm} value={arm}>
                  {armTitle(arm)}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </>
  );
}
