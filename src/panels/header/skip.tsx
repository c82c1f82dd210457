/** The first stops of the page: past its head, to the prompt or to the answers. They are seen while they have the focus. */

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
        goTo(id);
      }}
    >
      {words}
    </a>
  ));
}

function goTo(id: string): void {
  const place = document.getElementById(id);
  if (!place) return;
  if (place.tabIndex < 0) place.tabIndex = -1; // a heading takes the focus, but is no stop for Tab
  place.focus();
}
