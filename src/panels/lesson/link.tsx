/** The address that opens a lesson on the page as it stands, for a teacher to send. */

import { useState } from 'react';
import { lessonAddress } from '../../lessons/keeping.ts';
import { useProgress } from '../../lessons/progress.ts';
import { Button } from '../../ui/Button.tsx';
import { Popover } from '../../ui/Popover.tsx';
import styles from './card.module.css';

export function TeachersLink({ lesson }: { lesson: string }) {
  return (
    <Popover button="Link" title="Link to this lesson" className={styles.link}>
      {(close) => <Address lesson={lesson} close={close} />}
    </Popover>
  );
}

function Address({ lesson, close }: { lesson: string; close: () => void }) {
  const [said, setSaid] = useState('');
  const only = useProgress((progress) => progress.only);
  const address = lessonAddress(lesson, only);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      close();
    } catch {
      setSaid('The browser did not let it be copied. Copy it from the field.');
    }
  };
  return (
    <div className={styles.address}>
      <p>
        Opens this lesson on the page as it now stands: prompt, models and open panel go along, and the lesson
        keeps the question where it can{only ? '; other panels are hidden' : ''}.
      </p>
      <p className={styles.row}>
        <input
          aria-label="Link to this lesson"
          readOnly
          value={address}
          onFocus={(event) => event.target.select()}
        />
        <Button onClick={() => void copy()}>Copy</Button>
      </p>
      <p role="status">{said}</p>
    </div>
  );
}
