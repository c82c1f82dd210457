/** Words of a lesson, in which a term of the glossary opens what it means. */

import { meaningOf, piecesIn } from '../../lessons/glossary.ts';
import { Popover } from '../../ui/Popover.tsx';
import styles from './card.module.css';

export function Text({ children }: { children: string }) {
  return piecesIn(children).map(({ text, term }, i) => {
    const key = `${i} ${text}`;
    const means = term === null ? null : meaningOf(term);
    if (term === null || means === null) return <span key={key}>{text}</span>;
    return (
      <Popover key={key} button={text} label={`${text}: what it means`} title={term} className={styles.term}>
        <p>
          <b>{term}</b>
        </p>
        <p>{means}</p>
      </Popover>
    );
  });
}
