/** The first stops of the page: past its head, to the prompt or to the answers. They are seen while they have the focus. */

import { focusPlace } from '../../ui/focusPlace.ts';
import styles from './skip.module.css';

const PLACES = [
  { id: 'prompt', words: 'Skip to the prompt' },
  { id: 'predictions-title', words: 'Skip to the answers' },
] as const;

export function SkipLinks() {
  return PLACES.map(({ id, words }) => (
    <a
      key={id}
      href={`#${id}`}
      className={styles.skip}
      onClick={(event) => {
        event.preventDefault(); // the address keeps the link of what is on show
        const place = document.getElementById(id);
        if (place) focusPlace(place);
      }}
    >
      {words}
    </a>
  ));
}
