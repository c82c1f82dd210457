/** A panel that can fill the window and come back: it stays the same elements, so nothing in it starts anew. */

import {
  type ComponentProps,
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import styles from './Maximise.module.css';

/** Whether panels may fill the window: on the page they may, in another page's frame the window is not theirs. */
export const MayMaximise = createContext(false);

interface Control {
  maximised: boolean;
  toggle: () => void;
}

const Context = createContext<Control>({ maximised: false, toggle: () => {} });

/** Puts back the panel that fills the window, if one does: what is elsewhere on the page can be shown right after. */
export function restorePanel(): void {
  if (restore) flushSync(restore);
}

let restore: (() => void) | null = null;

interface MaximisableProps extends Pick<ComponentProps<'section'>, 'aria-labelledby' | 'aria-busy'> {
  /** Of what moves, everything the panel shows. */
  className: string | undefined;
  children: ReactNode;
}

/** The panel's region. While it fills the window its place is held, the rest is hidden, and Esc brings it back. */
export function Maximisable({ className, children, ...region }: MaximisableProps) {
  const [heldHeight, setHeldHeight] = useState<number | null>(null);
  const place = useRef<HTMLElement>(null);
  const maximised = heldHeight !== null;
  const control = useMemo<Control>(
    () => ({
      maximised,
      toggle: () => setHeldHeight(maximised ? null : (place.current?.offsetHeight ?? 0)),
    }),
    [maximised],
  );
  useEffect(() => {
    if (!maximised) return;
    const bringBack = () => setHeldHeight(null);
    // On the body, which hears a key after everything in the panel and before the page does.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector(':popover-open')) return;
      event.stopPropagation();
      bringBack();
    };
    restore = bringBack;
    document.body.addEventListener('keydown', onKeyDown);
    return () => {
      restore = null;
      document.body.removeEventListener('keydown', onKeyDown);
    };
  }, [maximised]);
  return (
    <section ref={place} className={styles.place} style={{ minHeight: heldHeight ?? undefined }} {...region}>
      <div
        className={maximised ? `${className} ${styles.maximised}` : className}
        data-maximised={maximised || undefined}
        tabIndex={maximised ? -1 : undefined} // a click on its ground keeps the focus in it
      >
        <Context value={control}>{children}</Context>
      </div>
    </section>
  );
}

/** Two arrows along a diagonal of 12 × 12. */
const OUTWARD = 'M7 5l4-4M8 1h3v3M5 7l-4 4M4 11H1V8';
const INWARD = 'M11.5 .5 7.5 4.5M7.5 1.5v3h3M.5 11.5 4.5 7.5M1.5 7.5h3v3';

/** Lets the panel around it fill the window, and brings it back; nothing where panels may not. */
export function MaximiseButton({ title }: { title: string }) {
  const { maximised, toggle } = useContext(Context);
  if (!useContext(MayMaximise)) return null;
  return (
    <button
      type="button"
      data-no-picture
      className={styles.button}
      aria-pressed={maximised}
      aria-label={`Maximise: ${title}`}
      title={maximised ? 'Bring it back to its place (Esc)' : 'Fill the window'}
      onClick={toggle}
    >
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={maximised ? INWARD : OUTWARD} />
      </svg>
    </button>
  );
}

/** Whether the panel around this fills the window. */
export function useMaximised(): boolean {
  return useContext(Context).maximised;
}

/** Above and below the pictures of a panel that fills the window stand its words. */
const WORDS = 260;
/** So much larger a picture becomes at most: its text stays as large as it was. */
const GROWTH = 2;

/** Beside a picture stand the names of its rows. */
const NAMES = 80;

/**
 * The height in CSS pixels of each of `rows` equal parts of a picture that are `height` high on the page: larger where
 * their panel fills the window, as far as all of them stay in sight. Parts that are as wide as high, `columns` to a row,
 * do not leave the window sideways either.
 */
export function useGrown(height: number, rows = 1, columns = 0): number {
  if (!useMaximised()) return height;
  const fits = Math.min((window.innerHeight - WORDS) / rows, (window.innerWidth - NAMES) / columns);
  return Math.max(height, Math.min(GROWTH * height, Math.floor(fits)));
}
