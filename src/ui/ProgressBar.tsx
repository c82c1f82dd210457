/** How much of something is done, as a bar with its words above. */

import type { ReactNode } from 'react';
import styles from './ProgressBar.module.css';

interface ProgressBarProps {
  label: string;
  /** What stands above the bar, on the left and on the right. */
  left: ReactNode;
  right?: ReactNode;
  /** 0 to 1; null while it is not known. */
  share: number | null;
  slim?: boolean;
}

export function ProgressBar({ label, left, right, share, slim }: ProgressBarProps) {
  return (
    <div className={styles.row}>
      <div className={styles.words}>
        <span className={styles.left}>{left}</span>
        <span>{right}</span>
      </div>
      <progress
        className={slim ? `${styles.bar} ${styles.slim}` : styles.bar}
        aria-label={label}
        max={1}
        value={share ?? undefined}
      />
    </div>
  );
}
