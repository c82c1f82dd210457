/** A question made of the numbers on the page: a choice or a number, checked against them. */

import { type FormEvent, useId, useState } from 'react';
import { answer, useProgress } from '../../lessons/progress.ts';
import type { AskStep, Lesson, Question } from '../../lessons/types.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './card.module.css';

export function Answer({ lesson, step }: { lesson: Lesson; step: AskStep }) {
  const state = useWorkbench();
  const { found, wrong } = useProgress();
  const [given, setGiven] = useState('');
  const question = step.question(state);
  if (!question) return <p className={styles.task}>{step.waiting}</p>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer(lesson, given);
  };
  return (
    <form onSubmit={submit} className={styles.question}>
      <Field question={question} given={given} disabled={found !== null} onGive={setGiven} />
      {found === null && (
        <Button type="submit" disabled={given.trim() === ''}>
          Check
        </Button>
      )}
      {wrong && found === null && (
        <p className={styles.wrong} role="alert">
          Not yet. {wrong.hint}
        </p>
      )}
    </form>
  );
}

interface FieldProps {
  question: Question;
  given: string;
  disabled: boolean;
  onGive: (given: string) => void;
}

function Field({ question, given, disabled, onGive }: FieldProps) {
  const id = useId();
  if (question.kind === 'number') {
    return (
      <>
        <label htmlFor={id} className={styles.task}>
          {question.asks}
        </label>
        <span>
          <input
            id={id}
            className={styles.number}
            inputMode="text"
            autoComplete="off"
            value={given}
            readOnly={disabled} // a field that is disabled loses the focus of who has just answered
            onChange={(event) => onGive(event.target.value)}
          />{' '}
          {question.unit}
        </span>
      </>
    );
  }
  return (
    <fieldset className={styles.options} disabled={disabled}>
      <legend className={styles.task}>{question.asks}</legend>
      {question.options.map(({ value, label }) => (
        <label key={value}>
          <input
            type="radio"
            name={id}
            value={value}
            checked={given === value}
            onChange={() => onGive(value)}
          />{' '}
          {label}
        </label>
      ))}
    </fieldset>
  );
}
