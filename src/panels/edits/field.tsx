/** The form's fields: a number, a list of numbers, a text. */

import type { Draft } from './draft.ts';
import styles from './view.module.css';

/** A change of the draft. */
export type Change = (change: Partial<Draft>) => void;

export interface PartProps {
  draft: Draft;
  change: Change;
}

const EVERYWHERE: Readonly<Record<string, string>> = {
  position: 'all',
  head: 'all',
  neuron: 'all',
  query: 'all',
  key: 'all',
};

type NumberField = 'layer' | 'position' | 'head' | 'neuron' | 'query' | 'key' | 'value' | 'amount';

export function Field({ label, field, draft, change }: PartProps & { label: string; field: NumberField }) {
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

export function Numbers({ label, hint, draft, change }: PartProps & { label: string; hint: string }) {
  return <Text label={label} hint={hint} value={draft.value} onChange={(value) => change({ value })} />;
}

interface TextProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

export function Text({ label, hint, value, onChange }: TextProps) {
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
