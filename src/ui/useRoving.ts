/** One tab stop for a list: arrows along it, Home and End walk within it. */

import { type KeyboardEvent, useState } from 'react';

const BACK = { down: 'ArrowUp', across: 'ArrowLeft' } as const;
const ON = { down: 'ArrowDown', across: 'ArrowRight' } as const;

/** Spread `list` on the container, `item(i)` on each focusable of its rows, or of its words where it runs across. */
export function useRoving(count: number, runs: 'down' | 'across' = 'down') {
  const [current, setCurrent] = useState(0);
  const at = Math.min(current, Math.max(0, count - 1));
  return {
    list: {
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-roving]')];
        const from = items.indexOf(document.activeElement as HTMLElement);
        const last = items.length - 1;
        const next = { [BACK[runs]]: from - 1, [ON[runs]]: from + 1, Home: 0, End: last }[event.key];
        if (from < 0 || next === undefined || next < 0 || next > last) return;
        event.preventDefault();
        items[next]?.focus();
      },
    },
    item: (index: number) => ({
      'data-roving': '',
      tabIndex: index === at ? 0 : -1,
      onFocus: () => setCurrent(index),
    }),
  };
}
