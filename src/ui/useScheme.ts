/** Tells a canvas when light and dark change, since it cannot inherit colours as elements do. */

import { useSyncExternalStore } from 'react';

function subscribe(changed: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  media.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    media.removeEventListener('change', changed);
    observer.disconnect();
  };
}

function scheme(): string {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** `light` or `dark`, as the page is drawn now. */
export function useScheme(): string {
  return useSyncExternalStore(subscribe, scheme, () => 'light');
}
