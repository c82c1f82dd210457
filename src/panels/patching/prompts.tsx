/** The two prompts and what is asked of them: typed, swapped or taken from the page, laid side by side, with target and contrast. */

import { useEffect } from 'react';
import { PROMPT_SIDES, type PromptSide } from '../../state/closer/patching.ts';
import {
  addWord,
  alignmentOf,
  chooseWord,
  removeWord,
  setPatchingText,
  splitKey,
  splitPrompts,
  swapPrompts,
  type TokenSide,
  takePagePrompt,
} from '../../state/closer/patchingPrompts.ts';
import { whyNotPatched } from '../../state/closer/patchingRuns.ts';
import { engineIsReady, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Token } from '../../state/types.ts';
import { tokenize } from '../../state/vocabulary.ts';
import { Button } from '../../ui/Button.tsx';
import { TokenPicker } from '../../ui/TokenPicker.tsx';
import { TokenText } from '../../ui/TokenText.tsx';
import styles from './prompts.module.css';

const NAMES: Record<PromptSide, { label: string; about: string }> = {
  clean: { label: 'Clean prompt', about: 'its answer is the target' },
  corrupted: { label: 'Corrupted prompt', about: 'a word changed, another answer' },
};

/** Typing pauses this long before the prompts are split, in milliseconds. */
const PAUSE = 200;

export function Prompts() {
  useSplitting();
  const why = useWorkbench(whyNotPatched);
  return (
    <div className={styles.prompts}>
      {PROMPT_SIDES.map((side) => (
        <PromptField key={side} side={side} />
      ))}
      <div className={styles.words}>
        <Button kind="quiet" title="Exchange the prompts, and target and contrast" onClick={swapPrompts}>
          ⇅ Swap prompts
        </Button>
        <span className={styles.word}>Measured: the logit of</span>
        <Words side="target" label="Target of the patch" empty="a token" />
        <span className={styles.word}>less that of</span>
        <Words side="contrast" label="Contrast of the patch" empty="nothing" />
        <span className={styles.word}>after the last token</span>
      </div>
      <AlignmentTable />
      {why && (
        <p className={styles.why} role="status">
          {why}
        </p>
      )}
    </div>
  );
}

/** Keeps the split in step with what is typed, once there is an engine to ask. */
function useSplitting() {
  const key = useWorkbench(splitKey);
  const ready = useWorkbench(engineIsReady);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key is another split
  useEffect(() => {
    if (!ready) return;
    const soon = setTimeout(() => void splitPrompts(), PAUSE);
    return () => clearTimeout(soon);
  }, [key, ready]);
}

function PromptField({ side }: { side: PromptSide }) {
  const text = useWorkbench((state) => state.closer.patching[side]);
  const pageText = useWorkbench((state) => state.text);
  const ids = useWorkbench(speaksIds);
  const { label, about } = NAMES[side];
  return (
    <label className={styles.field}>
      <span className={styles.name}>
        <b>{label}</b> <span className={styles.note}>{ids ? 'as token ids' : about}</span>
        <Button
          kind="quiet"
          className={styles.take}
          disabled={text === pageText}
          aria-label={`Take the page’s prompt as the ${side} one`}
          onClick={() => takePagePrompt(side)}
        >
          take the page’s
        </Button>
      </span>
      <textarea
        rows={1}
        value={text}
        aria-label={label}
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => setPatchingText(side, event.target.value)}
      />
    </label>
  );
}

function Words({ side, label, empty }: { side: TokenSide; label: string; empty: string }) {
  const tokens = useWorkbench((state) => state.closer.patching[side]);
  const ids = useWorkbench(speaksIds);
  return (
    <TokenPicker
      ids={ids}
      label={label}
      tokens={tokens}
      empty={empty}
      resolve={tokenize}
      onReplace={(token) => chooseWord(side, token)}
      onAdd={(token) => addWord(side, token)}
      onRemove={(id) => removeWord(side, id)}
    />
  );
}

/** Both prompts as tokens in two rows, what differs marked. */
function AlignmentTable() {
  const split = useWorkbench((state) => state.closer.patching.split);
  const current = useWorkbench((state) => state.closer.patching.split?.key === splitKey(state));
  if (!split) return null;
  const { clean, corrupted, differs, parts } = alignmentOf(split.clean.tokens, split.corrupted.tokens);
  const positions = Array.from({ length: Math.max(clean.length, corrupted.length) }, (_, p) => p);
  const unequal = clean.length !== corrupted.length;
  const isMarked = (p: number) => differs.has(p) || (unequal && parts !== null && p >= parts);
  const row = (side: PromptSide, tokens: readonly Token[]) => (
    <tr>
      <th scope="row">{side}</th>
      {positions.map((p) => {
        const token = tokens[p];
        return (
          <td key={p} className={isMarked(p) ? styles.differs : undefined} title={token && `id ${token.id}`}>
            {token ? <TokenText piece={token.piece} /> : '–'}
            {isMarked(p) && <span className="visually-hidden"> (differs)</span>}
          </td>
        );
      })}
    </tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={styles.scroll} aria-label="Both prompts, token by token" tabIndex={0}>
      <table className={current ? styles.alignment : `${styles.alignment} ${styles.stale}`}>
        <thead>
          <tr>
            <th scope="col">position</th>
            {positions.map((p) => (
              <th key={p} scope="col">
                {p}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {row('clean', clean)}
          {row('corrupted', corrupted)}
        </tbody>
      </table>
    </section>
  );
}
