/** Copies a table as CSV or a result as JSON; where the clipboard is closed, it becomes a file. */

import { useState } from 'react';
import styles from './CopyButtons.module.css';
import { download } from './download.ts';
import { toJson } from './json.ts';

interface CopyButtonsProps {
  /** Stem of the file name, and what the buttons say they copy. */
  name: string;
  csv?: () => string;
  json?: () => unknown;
}

export function CopyButtons({ name, csv, json }: CopyButtonsProps) {
  return (
    <span className={styles.group} data-no-picture>
      {csv && <CopyButton kind="CSV" name={name} text={csv} />}
      {json && <CopyButton kind="JSON" name={name} text={() => toJson(json())} />}
    </span>
  );
}

function CopyButton({ kind, name, text }: { kind: 'CSV' | 'JSON'; name: string; text: () => string }) {
  const [done, setDone] = useState<string | null>(null);
  const copy = async () => {
    const content = text();
    try {
      await navigator.clipboard.writeText(content);
      setDone('copied');
    } catch {
      download(`normless-${name}.${kind.toLowerCase()}`, content);
      setDone('saved');
    }
    setTimeout(() => setDone(null), 1500);
  };
  return (
    <button
      type="button"
      className={styles.button}
      aria-label={done ? `${done}: ${name} as ${kind}` : `Copy ${name} as ${kind}`}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{done ?? kind}</span>
    </button>
  );
}
