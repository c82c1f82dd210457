/** The link of what is on show, as text or as a file, and a piece of HTML that frames one panel of it. */

import { useEffect, useState } from 'react';
import { LONG, TOO_LONG } from '../../share/codec.ts';
import { useWorkbench } from '../../state/store.ts';
import { pageAddress } from '../exports.ts';
import { linkAddress, saveLink } from '../linkOnShow.ts';
import styles from './share.module.css';
import { EmbedSnippet } from './shareEmbed.tsx';

export function ShareBox() {
  const { fragment, verdict } = useWorkbench((state) => state.linking);
  const [copied, setCopied] = useState<'copied' | 'saved' | null>(null);
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);

  const base = pageAddress();
  const address = `${base}${fragment ? `#${fragment}` : ''}`;
  const copy = async () => {
    const full = await linkAddress();
    try {
      await navigator.clipboard.writeText(full);
      setCopied('copied');
    } catch {
      save();
    }
  };
  const save = () => {
    saveLink();
    setCopied('saved');
  };
  return (
    <div className={styles.box}>
      <p className={styles.about}>
        A link recomputes everything on show on the reader’s own device, and compares with a few numbers of
        yours. It holds the prompt, models, target, edits and open panel; nothing is stored anywhere else.
      </p>
      <input className={styles.link} aria-label="Link" readOnly value={address} onFocus={selectAll} />
      <p className={styles.row}>
        <button type="button" className={styles.main} onClick={() => void copy()}>
          <span aria-live="polite">{copied === 'copied' ? 'Copied' : 'Copy link'}</span>
        </button>
        <button type="button" className={styles.button} onClick={save}>
          {copied === 'saved' ? 'Saved' : 'Save as a file'}
        </button>
        <span className={styles.length}>{lengthNote(address.length)}</span>
      </p>
      <EmbedSnippet base={base} fragment={fragment} />
      {verdict && <p className={verdict.ok ? styles.good : styles.bad}>{verdict.says}</p>}
    </div>
  );
}

function lengthNote(length: number): string {
  if (length > TOO_LONG) return `${length} characters: most programs cut such a link off. Send the file.`;
  if (length > LONG) return `${length} characters: some chats cut links off after 2,000.`;
  return `${length} characters`;
}

function selectAll(event: { currentTarget: HTMLInputElement }): void {
  event.currentTarget.select();
}
