/** A page that another one frames: what it shows before anybody clicks, going live, and doing as the framing page says. */

import { InputError } from '../../base/errors.ts';
import { decodeLink, encodeLink } from '../../share/codec.ts';
import { type IncomingMessage, type OutgoingMessage, readMessage } from '../../share/messages.ts';
import type { Link } from '../../share/schema.ts';
import { setText } from '../actions.ts';
import { linkedState, linkOf } from '../link.ts';
import { refresh } from '../session.ts';
import { getState, setState } from '../store.ts';
import { currentLink, followPage } from './address.ts';
import { DEMO, demoOf } from './demo.ts';
import { openLink } from './open.ts';
import { same } from './slice.ts';

/** What the frame's address asks for, and the same as the page says it. */
let asked: { link: Link; inputs: Link } = { link: {}, inputs: {} };
let live = false;

/**
 * The page becomes what its address asks for, with the panel that looks closer open if the frame is of one; as far as it
 * can without an engine, while none runs.
 * @throws InputError on a damaged link, or one of other models while an engine runs: then nothing is to be shown.
 */
export async function openFrame(fragment: string, open: string | null): Promise<void> {
  const said = fragment.length > 1 ? await decodeLink(fragment) : {};
  const link = open === null ? said : { ...said, view: { ...said.view, open } };
  // Only what comes with the site computes in a frame, so that nothing large is downloaded.
  if (live && (link.pair ?? DEMO) !== DEMO)
    throw new InputError(
      'This link is about models that are not part of this site. Open it in Normless itself.',
    );
  if (live) return openLink(link);
  setState(linkedState(link, getState()));
  asked = { link, inputs: linkOf(getState()) };
}

/** The link whose numbers its author saw, while what is on show is what it asks for; null of any other question. */
export function authorsLink(): Link | null {
  return same(linkOf(getState()), asked.inputs) ? asked.link : null;
}

/** Starts the engine because somebody clicked, and asks it what is on show. */
export async function goLive(startEngine: () => void): Promise<void> {
  if (live) return;
  const link = frameLink();
  live = true;
  startEngine();
  followPage();
  await openLink(link);
}

/** What is on show, as a link. Before an engine runs the numbers are the author's, if they are of this question at all. */
export function frameLink(): Link {
  if (live) return currentLink();
  const { repos } = asked.link;
  return authorsLink() ?? { ...linkOf(getState()), ...demoOf(getState().pair), ...(repos && { repos }) };
}

/** The whole page's address with what is on show. */
export async function frameAddress(): Promise<string> {
  return `${location.origin}${location.pathname}#${await encodeLink(frameLink())}`;
}

/** Tells the framing page, whoever that is: nothing but sizes is said unasked. */
export function tellHeight(height: number): void {
  tell({ type: 'normless:size', height }, '*');
}

/** Does as the framing page says, and only that page. Returns the way to stop. */
export function obeyFramingPage(): () => void {
  const hear = (event: MessageEvent) => {
    if (window.parent === window || event.source !== window.parent) return;
    const read = readMessage(event.data);
    if (!read) return;
    // A page from a file or a sandbox has no origin that could be named.
    const to = event.origin === 'null' ? '*' : event.origin;
    if (!read.message) return tell({ type: 'normless:error', message: read.fault }, to);
    apply(read.message);
    void frameAddress().then((link) => tell({ type: 'normless:state', link, live }, to));
  };
  window.addEventListener('message', hear);
  return () => window.removeEventListener('message', hear);
}

function apply(message: IncomingMessage): void {
  switch (message.type) {
    case 'normless:set-prompt':
      if (message.prependBos !== undefined) setState({ prependBos: message.prependBos });
      setText(message.text);
      return;
    case 'normless:set-selection': {
      const { position, place, neuron } = message;
      if (place !== undefined) setState({ pinned: place });
      if (neuron !== undefined) setState({ neuron });
      if (position !== undefined) setState({ position });
      void refresh();
      return;
    }
    case 'normless:set-theme':
      // Of this frame only: the theme that a person chose on the page itself stays.
      document.documentElement.dataset.theme = message.theme;
      setState({ theme: message.theme });
      return;
    case 'normless:get-state':
      return;
  }
}

function tell(message: OutgoingMessage, to: string): void {
  if (window.parent !== window) window.parent.postMessage(message, to);
}
