/** What a person may want to know at any moment: every key, how to find the rest, and what works without a network. */

import { useState } from 'react';
import { helpKeyIsOn, switchHelpKey } from '../../state/helpKey.ts';
import type { Offline } from '../../state/offline.ts';
import { openSheet } from '../../state/sheets.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { isApple, keyName } from '../../ui/keys.ts';
import styles from './body.module.css';
import { SHORTCUTS, type ShortcutGroup } from './shortcuts.ts';

export function HelpBody() {
  const offline = useWorkbench((state) => state.offline);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.help} tabIndex={0} aria-label="Help">
      <p className={styles.lead}>
        Everything can be done by keyboard. Tab goes from one thing to the next, and keys work where the focus
        is. <Button onClick={() => openSheet('palette')}>All commands</Button>
      </p>
      <div className={styles.groups}>
        {SHORTCUTS.map((group) => (
          <Group key={group.where} {...group} />
        ))}
      </div>
      <HelpKey />
      <h3>Without a network</h3>
      <p>{offlineWords(offline)}</p>
    </section>
  );
}

/** For whom a key without Ctrl is pressed by accident. */
function HelpKey() {
  const [on, setOn] = useState(helpKeyIsOn);
  const change = (wanted: boolean) => {
    switchHelpKey(wanted);
    setOn(wanted);
  };
  return (
    <label>
      <input type="checkbox" checked={on} onChange={(event) => change(event.target.checked)} /> <kbd>?</kbd>{' '}
      opens this help wherever the focus is
    </label>
  );
}

function Group({ where, shortcuts }: ShortcutGroup) {
  const apple = isApple();
  return (
    <section>
      <h3>{where}</h3>
      <dl className={styles.keys}>
        {shortcuts.map(({ keys, does }) => (
          <div key={keys.join()}>
            <dt>
              {keys.map((each) => (
                <kbd key={each}>{keyName(each, apple)}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function offlineWords(offline: Offline): string {
  if (offline.state === 'kept') {
    return 'This browser keeps the page, the demo models and both engines: all of it opens and works without a network. Models from the Hub are kept as the models dialog says.';
  }
  if (offline.state === 'not-yet') {
    return 'This browser keeps the page and the demo models for later as soon as they have all come, some time after the first answer. From then on they work without a network.';
  }
  if (offline.why === 'saves-data') {
    return 'This browser asks to save data, so nothing is fetched ahead, and the page needs the network.';
  }
  if (offline.why === 'insecure') {
    return 'Browsers keep pages only from addresses that begin with https:// or are on this machine, so this one needs its server.';
  }
  return `The browser would not keep the page, so it needs the network: ${offline.message}`;
}
