/** The generation strip: how to sample, one text per arm as it comes in, and what every arm thinks of each token. */

import { memo, useId } from 'react';
import { meaningOf } from '../../lessons/glossary.ts';
import { editsOn } from '../../state/edits/viewed.ts';
import {
  explainToken,
  isOfPrompt,
  leaderOf,
  setGeneration,
  startGeneration,
  stopGeneration,
  takeAsPrompt,
} from '../../state/generation.ts';
import { armTitle, engineIsReady, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Generated, GenerationSettings } from '../../state/types.ts';
import { Button } from '../../ui/Button.tsx';
import { cellColour } from '../../ui/colour.ts';
import { number } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { Legend } from '../../ui/Legend.tsx';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { useRoving } from '../../ui/useRoving.ts';
import { Terms } from '../terms.tsx';
import styles from './strip.module.css';
import { generatedCsv, lengthInWords, outcomeInWords, parting, tokenLines } from './texts.ts';
import { words } from './words.ts';

const MODES: readonly { value: GenerationSettings['mode']; label: string; title: string }[] = [
  { value: 'free', label: 'each its own', title: 'Every arm on show writes its own text' },
  {
    value: 'forced',
    label: 'one for all',
    title:
      'One arm writes, the others are fed its tokens and say how likely they find them (teacher forcing)',
  },
];

const NUMBERS: readonly {
  name: 'maxTokens' | 'temperature' | 'topK' | 'topP' | 'seed';
  label: string;
  title: string;
  placeholder: string;
  min: number;
  step: number | 'any';
}[] = [
  { name: 'maxTokens', label: 'tokens', title: 'At most so many', placeholder: '32', min: 1, step: 1 },
  {
    name: 'temperature',
    label: 'temperature',
    title: `${meaningOf('temperature')} 1 is as the model says, 0 always takes the likeliest token.`,
    placeholder: '1',
    min: 0,
    step: 0.1,
  },
  {
    name: 'topK',
    label: 'top-k',
    title: 'Only so many of the likeliest tokens; empty is all',
    placeholder: 'all',
    min: 1,
    step: 1,
  },
  {
    name: 'topP',
    label: 'top-p',
    title: 'Only the fewest of the likeliest tokens that hold this share of probability; 1 is all',
    placeholder: '1',
    min: 0,
    step: 0.05,
  },
  {
    name: 'seed',
    label: 'seed',
    title: 'The same seed gives the same text; every arm draws the same numbers',
    placeholder: '0',
    min: 0,
    step: 1,
  },
];

/** A token this surprising, in nats, has the full colour. */
const LIMIT = 8;

export function GenerationStrip() {
  const state = useWorkbench();
  const { generated, generating, generationError } = state;
  const stale = generated !== null && !isOfPrompt(state, generated);
  return (
    <PanelFrame
      id="generation"
      question="How"
      title="it goes on"
      shows={`Each arm continues the prompt, token by token. Click a token to explain why it came.${
        editsOn(state) ? ' Texts are written by the models as they are, without the edits above.' : ''
      }`}
      details={
        <>
          <p>
            A token is drawn from the softmax of logits ÷ temperature, of which top-k and then top-p leave a
            part. All arms draw the same numbers, so texts part where the models differ and not because of the
            dice. The same seed gives the same text.
          </p>
          <p>
            Probabilities and ranks in the tooltips are of the logits as they are, at temperature 1. The
            colour is how surprising a token was to the arm whose text it stands in. In “one for all” the
            others are fed what the chosen arm writes.
          </p>
          <Terms words={['temperature', 'entropy']} />
        </>
      }
      doesNotShow="Other texts that might have come: change the seed. A sampled text is one draw, not what an arm believes."
      freshness={stale ? 'earlier' : 'live'}
      error={generationError}
      csv={generated ? () => generatedCsv(generated) : undefined}
      json={generated ? () => generated : undefined}
      controls={<Controls />}
    >
      {generated && <Texts generated={generated} />}
      <p className={styles.outcome} aria-live="polite">
        {generated && !generating ? outcomeInWords(generated) : ''}
      </p>
    </PanelFrame>
  );
}

function Controls() {
  const state = useWorkbench();
  const { generating, generated, generationSettings: settings, shown } = state;
  return (
    <>
      {generating ? (
        <Button className={styles.start} onClick={stopGeneration}>
          Stop
        </Button>
      ) : (
        <Button
          kind={generated && isOfPrompt(state, generated) ? 'plain' : 'primary'}
          className={styles.start}
          disabled={!engineIsReady(state)}
          onClick={() => void startGeneration()}
        >
          Generate
        </Button>
      )}
      {shown.length > 1 && (
        <Segmented
          label="Who writes"
          value={settings.mode}
          options={MODES}
          onChange={(mode) => setGeneration({ mode })}
        />
      )}
      {shown.length > 1 && settings.mode === 'forced' && (
        <label className={styles.setting}>
          written by{' '}
          <select
            value={leaderOf(state) ?? ''}
            onChange={(event) => setGeneration({ leader: event.target.value })}
          >
            {shown.map((arm) => (
              <option key={arm} value={arm}>
                {armTitle(arm)}
              </option>
            ))}
          </select>
        </label>
      )}
      <span className={styles.settings}>
        {NUMBERS.map(({ name, label, title, ...input }) => (
          <label key={name} className={styles.setting} title={title}>
            {label}{' '}
            <input
              {...input}
              type="number"
              className={styles.number}
              value={settings[name]}
              onChange={(event) => setGeneration({ [name]: event.target.value })}
            />
          </label>
        ))}
      </span>
      {generated && (
        <span className={styles.legend}>
          <Legend
            kind="sequential"
            limit={LIMIT}
            format={(value) => number(value, 0)}
            unit="nats of surprise"
          />
        </span>
      )}
    </>
  );
}

function Texts({ generated }: { generated: Generated }) {
  return (
    <div className={styles.texts}>
      {Object.keys(generated.arms).map((arm) => (
        <Text key={arm} arm={arm} generated={generated} />
      ))}
    </div>
  );
}

/** One arm's text, behind the end of the prompt. */
const Text = memo(function Text({ arm, generated }: { arm: string; generated: Generated }) {
  const id = useId();
  const tooltip = useTooltip();
  const text = generated.arms[arm];
  const tokens = text?.tokens ?? [];
  const roving = useRoving(tokens.length, 'across');
  const apart = parting(generated);
  const ids = useWorkbench(speaksIds);
  if (!text) return null;

  const follows = generated.leader !== null && generated.leader !== arm;
  const tell = (target: EventTarget) => {
    const token = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    if (!token) return tooltip.hide();
    const lines = tokenLines(generated, arm, Number(token.dataset.index));
    tooltip.show(token.getBoundingClientRect(), lines.join('\n'));
  };
  return (
    <section className={styles.text} aria-labelledby={id}>
      <h3 id={id} className={styles.head}>
        <span className={styles.swatch} style={{ background: `var(--arm-${arm}, var(--muted))` }} />
        {armTitle(arm)}
        <span className={styles.length}>
          {follows ? 'reads along, ' : ''}
          {lengthInWords(text)}
        </span>
        {tokens.length > 0 && !follows && (
          <Button kind="quiet" className={styles.use} onClick={() => void takeAsPrompt(arm)}>
            Use as prompt
          </Button>
        )}
      </h3>
      <p
        className={styles.words}
        {...roving.list}
        onPointerOver={(event) => tell(event.target)}
        onPointerLeave={tooltip.hide}
        onFocus={(event) => tell(event.target)}
        onBlur={tooltip.hide}
      >
        <span className={styles.before}>{tailOf(generated.prompt.text)}</span>
        {words(tokens.map(({ piece }) => (ids ? ` ${piece}` : piece))).map((word) => (
          <span key={word.first}>
            {word.space}
            <span className={styles.word}>
              {word.texts.map((shown, i) => {
                const index = word.first + i;
                const token = tokens[index];
                if (!token) return null;
                const classes = [
                  styles.token,
                  index === apart && styles.parting,
                  follows && token.best.id !== token.id && styles.otherwise,
                ];
                return (
                  <button
                    key={index}
                    type="button"
                    data-index={index}
                    className={classes.filter(Boolean).join(' ')}
                    style={{ background: cellColour(-token.logprob, LIMIT, 'sequential') }}
                    aria-label={tokenLines(generated, arm, index).join(', ')}
                    {...roving.item(index)}
                    onClick={() => void explainToken(arm, index)}
                  >
                    {shown}
                  </button>
                );
              })}
            </span>
            {word.ends && <br />}
          </span>
        ))}
        {text.stop === null && <span className={styles.caret} aria-hidden="true" />}
      </p>
    </section>
  );
});

/** The end of a prompt, from the beginning of a word on. */
function tailOf(text: string): string {
  const most = 48;
  if (text.length <= most) return glyphs(text).replaceAll('␣', ' ');
  const tail = text.slice(-most);
  return `…${glyphs(tail.slice(Math.max(0, tail.indexOf(' ')))).replaceAll('␣', ' ')}`;
}
