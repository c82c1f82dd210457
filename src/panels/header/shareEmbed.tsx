/** A piece of HTML that shows one panel of what is on show on somebody's own page (docs/embedding.md). */

import { useEffect, useState } from 'react';
import { useWorkbench } from '../../state/store.ts';
import { download } from '../../ui/download.ts';
import { FRAMED } from '../framed.ts';
import styles from './share.module.css';

interface EmbedSnippetProps {
  /** The page's own address without a fragment. */
  base: string;
  fragment: string | null;
}

export function EmbedSnippet({ base, fragment }: EmbedSnippetProps) {
  const open = useWorkbench((state) => state.open);
  const [chosen, setChosen] = useState<string | null>(null);
  const panel = chosen ?? (FRAMED.some(({ id }) => id === open) ? open : null) ?? 'attribution';
  const html = snippet(base, panel, fragment);
  const [done, setDone] = useState<string | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), 1_500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(html);
      setDone('Copied');
    } catch {
      download('normless-panel.html', `${html}\n`);
      setDone('Saved');
    }
  };
  return (
    <details className={styles.embed}>
      <summary>Embed one panel</summary>
      <label>
        Panel{' '}
        <select value={panel} onChange={(event) => setChosen(event.target.value)}>
          {FRAMED.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <code className={styles.snippet}>{html}</code>
      <button type="button" className={styles.button} onClick={() => void copy()}>
        <span aria-live="polite">{done ?? 'Copy the HTML'}</span>
      </button>
      <p className={styles.about}>
        It computes nothing before its reader clicks. How it fits its height, and how a page steers it, is in
        docs/embedding.md.
      </p>
    </details>
  );
}

/** Panel ids and fragments are of letters, digits, `-`, `_` and `.`: nothing to escape. */
function snippet(base: string, panel: string, fragment: string | null): string {
  const src = `${base}?embed=${panel}${fragment ? `#${fragment}` : ''}`;
  return `<iframe src="${src}" title="Normless: ${panel}" width="100%" height="480" style="border:0" loading="lazy"></iframe>`;
}
