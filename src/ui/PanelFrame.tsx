/** The frame of every panel: its question, one line on what it shows, the convention in force, and what it does not show. */

import type { ReactNode } from 'react';
import { Badge } from './Badge.tsx';
import { CopyButtons } from './CopyButtons.tsx';
import { Maximisable, MaximiseButton } from './Maximise.tsx';
import { MoreFormats } from './MoreFormats.tsx';
import styles from './PanelFrame.module.css';
import { Popover } from './Popover.tsx';

interface PanelFrameProps {
  id: string;
  /** The question it answers, in a few plain words. */
  question: string;
  title: string;
  /** One line: what is seen. */
  shows: string;
  /** For the info popover: the formula or source in words, and the limits of what is seen. */
  details: ReactNode;
  doesNotShow: string;
  freshness: 'live' | 'committed' | 'working' | 'earlier';
  /** Why the newest request has no answer. */
  error?: string | null;
  badge?: ReactNode;
  controls?: ReactNode;
  csv?: () => string;
  json?: () => unknown;
  children: ReactNode;
}

export function PanelFrame(props: PanelFrameProps) {
  const { id, question, title, shows, freshness, error } = props;
  return (
    <Maximisable className={styles.panel} aria-labelledby={`${id}-title`} aria-busy={freshness === 'working'}>
      <header className={styles.header}>
        <h2 id={`${id}-title`} className={styles.title}>
          <span className={styles.question}>{question}</span> {title}
        </h2>
        <span className={styles.tools}>
          {props.badge}
          {freshness === 'earlier' && (
            <Badge
              tone="note"
              title="These numbers answer the question asked before; the newest one has no answer yet."
            >
              outdated
            </Badge>
          )}
          <CopyButtons name={id} csv={props.csv} json={props.json} />
          <MoreFormats name={id} title={`${question} ${title}`} csv={props.csv} />
          <MaximiseButton title={`${question} ${title}`} />
          <Popover button="?" label={`About ${title}`} className={styles.about}>
            <h3>{title}</h3>
            <p>{shows}</p>
            {props.details}
            <p>
              <b>What it does not show.</b> {props.doesNotShow}
            </p>
          </Popover>
        </span>
      </header>
      <p className={styles.shows}>{shows}</p>
      {props.controls && (
        <div className={styles.controls} data-no-picture>
          {props.controls}
        </div>
      )}
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <div className={freshness === 'working' ? styles.working : styles.body}>{props.children}</div>
    </Maximisable>
  );
}
