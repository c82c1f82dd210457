/** A token as text: monospace, spaces and newlines drawn. */

import { glyphs } from './glyphs.ts';
import styles from './TokenText.module.css';

export function TokenText({ piece }: { piece: string }) {
  return <span className={styles.token}>{glyphs(piece)}</span>;
}
