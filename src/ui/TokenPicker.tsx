/** Typed text becomes one token, or the split is shown; several tokens stand as chips. The text is taken exactly. */

import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { glyphs } from './glyphs.ts';
import styles from './TokenPicker.module.css';
import { TokenText } from './TokenText.tsx';
import { judge, type PickedToken, type Verdict } from './tokenVerdict.ts';

interface TokenPickerProps {
  /** Accessible name, e.g. `Target token`. */
  label: string;
  tokens: readonly PickedToken[];
  /** Tokens are typed as ids, because there is no text for them. */
  ids?: boolean;
  /** Shown in place of chips while there are none. */
  empty: string;
  resolve: (text: string) => Promise<{ ids: number[]; pieces: string[] }>;
  onReplace: (token: PickedToken) => void;
  onAdd: (token: PickedToken) => void;
  onRemove: (id: number) => void;
}

export function TokenPicker(props: TokenPickerProps) {
  const { label, tokens, ids = false, empty, resolve } = props;
  const id = useId();
  const [text, setText] = useState('');
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const newest = useRef('');

  const look = async (typed: string): Promise<Verdict | null> => {
    newest.current = typed;
    if (typed === '') return clear();
    const found = await judge(typed, resolve);
    if (newest.current === typed) setVerdict(found);
    return found;
  };
  const clear = () => {
    newest.current = '';
    setText('');
    setVerdict(null);
    return null;
  };
  const take = (token: PickedToken, add: boolean) => (add ? props.onAdd : props.onReplace)(token);
  const onKeyDown = async (event: KeyboardEvent) => {
    if (event.key === 'Escape' && text !== '') {
      event.stopPropagation();
      clear();
    }
    if (event.key !== 'Enter') return;
    const add = event.shiftKey;
    const found = await look(text);
    if (found?.kind !== 'one') return;
    take(found.token, add);
    if (newest.current === text) clear(); // what was typed since is of the next token
  };
  const bare = tokens.find((token) => /^[\p{L}\p{N}]/u.test(token.piece));

  return (
    <div className={styles.picker}>
      <div className={styles.field}>
        {tokens.map((token) => (
          <span key={token.id} className={styles.chip} title={`token id ${token.id}`}>
            <TokenText piece={token.piece} />
            <button
              type="button"
              aria-label={`Remove ${glyphs(token.piece)}`}
              onClick={() => props.onRemove(token.id)}
            >
              ×
            </button>
          </span>
        ))}
        <input
          type="text"
          aria-label={label}
          aria-describedby={`${id}-verdict`}
          inputMode={ids ? 'numeric' : undefined}
          placeholder={tokens.length ? (ids ? 'other id' : 'other token') : empty}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            void look(event.target.value);
          }}
          onKeyDown={(event) => void onKeyDown(event)}
        />
      </div>
      <div id={`${id}-verdict`} className={verdict ? styles.verdict : styles.hint} aria-live="polite">
        {verdict && (
          <VerdictView
            verdict={verdict}
            hasTokens={tokens.length > 0}
            onTake={(token, add) => {
              take(token, add);
              clear();
            }}
          />
        )}
        {!verdict && bare && (
          <>
            <TokenText piece={bare.piece} /> has no leading space; inside a sentence the next word has one.{' '}
            <button type="button" onClick={() => void look(` ${bare.piece}`)}>
              Look up <TokenText piece={` ${bare.piece}`} />
            </button>
          </>
        )}
      </div>
    </div>
  );
}

interface VerdictViewProps {
  verdict: Verdict;
  hasTokens: boolean;
  onTake: (token: PickedToken, add: boolean) => void;
}

function VerdictView({ verdict, hasTokens, onTake }: VerdictViewProps) {
  const choose = (token: PickedToken, key?: string) => (
    <p>
      <button type="button" onClick={() => onTake(token, false)}>
        Use <TokenText piece={token.piece} />
      </button>{' '}
      {hasTokens && (
        <button type="button" onClick={() => onTake(token, true)}>
          Add to the set
        </button>
      )}{' '}
      <span className={styles.note}>
        id {token.id}
        {key && ` · ${key}`}
      </span>
    </p>
  );
  if (verdict.kind === 'error') return <p role="alert">{verdict.message}</p>;
  return (
    <>
      {verdict.kind === 'split' && (
        <p>
          <TokenText piece={verdict.text} /> is {verdict.pieces.length} tokens,{' '}
          {verdict.pieces.map((piece, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in their order
            <span key={i} className={styles.piece}>
              <TokenText piece={piece} />
            </span>
          ))}
          ; a logit belongs to exactly one. Try a shorter word.
        </p>
      )}
      {verdict.kind === 'one' && choose(verdict.token, hasTokens ? 'Enter; Shift+Enter adds' : 'Enter')}
      {verdict.spaced && (
        <>
          <p className={styles.note}>With its leading space, as inside a sentence:</p>
          {choose(verdict.spaced)}
        </>
      )}
    </>
  );
}
