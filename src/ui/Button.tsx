/** A button: the one a view is for, an ordinary one, or a quiet one inside a row. */

import type { ComponentProps } from 'react';
import styles from './Button.module.css';

interface ButtonProps extends ComponentProps<'button'> {
  kind?: 'primary' | 'plain' | 'quiet';
}

export function Button({ kind = 'plain', className, ...props }: ButtonProps) {
  const names = [styles.button, styles[kind], className].filter(Boolean).join(' ');
  return <button type="button" data-no-picture {...props} className={names} />;
}
