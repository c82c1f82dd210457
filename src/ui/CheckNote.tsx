/** What a model was found to be when it was loaded: quiet where all is well, a warning where not. */

import { Badge } from './Badge.tsx';
import styles from './CheckNote.module.css';

export function CheckNote({ ok, message }: { ok: boolean; message: string }) {
  return (
    <p className={ok ? styles.note : `${styles.note} ${styles.warning}`}>
      <Badge tone={ok ? 'good' : 'bad'}>{ok ? '✓ checked' : '⚠ not as expected'}</Badge> {message}
    </p>
  );
}
