/** Holds a panel's place and fetches its code once the page stands: nobody needs it to see the first answer. */

import { type ComponentType, useEffect, useState } from 'react';

/** A view that draws what `fetch` brings. Failing to fetch is an error while drawing, which the panel's boundary tells. */
export function lazyView(fetch: () => Promise<ComponentType>, placeholder?: string): ComponentType {
  return function LazyView() {
    const [View, setView] = useState<ComponentType | null>(null);
    useEffect(() => {
      let here = true;
      fetch().then(
        (Fetched) => here && setView(() => Fetched),
        (error: unknown) =>
          here &&
          setView(() => () => {
            throw error;
          }),
      );
      return () => {
        here = false;
      };
    }, []);
    return <div className={placeholder}>{View && <View />}</div>;
  };
}
