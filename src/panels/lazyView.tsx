/** Holds a view's place and fetches its code once the page stands: nobody needs it to see the first answer. */

import { type ComponentType, useEffect, useState } from 'react';
import { whenIdle } from '../base/idle.ts';

type Fetch<P> = () => Promise<ComponentType<P>>;

/** A view that draws what `fetch` brings. Failing to fetch is an error while drawing, which the panel's boundary tells. */
export function lazyView<P extends object>(fetch: Fetch<P>, placeholder?: string): ComponentType<P> {
  let fetched: ComponentType<P> | null = null; // whoever comes back to it finds it drawn at once
  return function LazyView(props: P) {
    const [View, setView] = useState<ComponentType<P> | null>(() => fetched);
    useEffect(() => {
      let here = true;
      fetch().then(
        (Fetched) => {
          fetched = Fetched;
          if (here) setView(() => Fetched);
        },
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
    return <div className={placeholder}>{View && <View {...props} />}</div>;
  };
}

/** The same for what opens from a button: fetched in the first spare moment, so that it is there when it is pressed. */
export function idleView<P extends object>(fetch: Fetch<P>): ComponentType<P> {
  return lazyView(() => whenIdle().then(fetch));
}
