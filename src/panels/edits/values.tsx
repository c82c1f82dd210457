/** The part of the form that an edit's kind decides: the numbers it needs, or where they come from. */

import { armsToAsk, armTitle, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { tokenize } from '../../state/vocabulary.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { TokenPicker } from '../../ui/TokenPicker.tsx';
import type { Direction, Draft } from './draft.ts';
import { Field, Numbers, type PartProps, Text } from './field.tsx';
import styles from './view.module.css';

/** The numbers an edit needs, by its kind. */
export function Values({ draft, change }: PartProps) {
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
