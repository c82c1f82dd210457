/** A short verdict on a number: good, bad, or simply a note. */

import type { ReactNode } from 'react';
import styles from './Badge.module.css';

interface BadgeProps {
  tone: 'good' | 'bad' | 'note' | 'quiet';
  title?: string;
  children: ReactNode;
}

export function Badge({ tone, title, children }: BadgeProps) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`} title={title}>
      {children}
    </span>
  );
}
