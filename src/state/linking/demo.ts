/** Which demo models a link is about: their weights come with the page, and have been replaced by better ones. */

import type { Link } from '../../share/schema.ts';

/** The pair that comes with the page. */
export const DEMO = 'demo';

/** Which set of weights it has in this build, counted from 1. A test holds it to the files. */
export const DEMO_EDITION = 2;

/** What a link of this pair says of it. */
export function demoOf(pair: string): Pick<Link, 'demo'> {
  return pair === DEMO ? { demo: DEMO_EDITION } : {};
}

/** In a sentence, that the demo models were others where the link was made; null where they were these, or it is of another pair. */
export function otherDemo({ pair = DEMO, demo = 1 }: Link, here = DEMO_EDITION): string | null {
  if (pair !== DEMO || demo === here) return null;
  const age = demo < here ? 'an earlier' : 'a later';
  return `The link was made with ${age} set of demo models (number ${demo}; here number ${here}): the question is the same, the answers are these models’.`;
}
