/** Copies a table as CSV or a result as JSON; where the clipboard is closed, it becomes a file. */

import { useState } from 'react';
import styles from './CopyButtons.module.css';

interface CopyButtonsProps {
  /** Stem of the file name, and what the buttons say they copy. */
  name: string;
  csv?: () => string;
  json?: () => unknown;
}

export function CopyButtons({ name, csv, json }: CopyButtonsProps) {
  return (
    <span className={styles.group}>
      {csv && <CopyButton kind="CSV" name={name} text={csv} />}
      {json && <CopyButton kind="JSON" name={name} text={() => toJson(json())} />}
    </span>
  );
}

/** Typed arrays become plain lists, so that any reader understands the file. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => (inner instanceof Float32Array ? [...inner] : inner), 1);
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
      aria-label={`Copy ${name} as ${kind}`}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{done ?? kind}</span>
    </button>
  );
}

function download(file: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
