/** A button and what it opens: the browser's own popover, placed beside its button. Esc, a click and a Tab outside close it. */

import { type FocusEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './Popover.module.css';

interface PopoverProps {
  /** What the button shows. */
  button: ReactNode;
  /** Its accessible name, where what it shows is not one. */
  label?: string;
  /** What opens is called so; by default as the button. */
  title?: string;
  className?: string | undefined;
  /** `close` is for contents that choose something. */
  children: ReactNode | ((close: () => void) => ReactNode);
}

const GAP = 6;

export function Popover({ button, label, title, className, children }: PopoverProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  // What is in it may come after it is opened, or grow.
  useEffect(() => {
    const box = panel.current;
    if (!box) return;
    const observer = new ResizeObserver(() => {
      placeBeside(anchor.current, box);
      letKeysScroll(box);
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  /** What the focus goes on to would be covered. */
  const leave = ({ relatedTarget }: FocusEvent) => {
    const box = panel.current;
    const outside = relatedTarget instanceof Element && !box?.contains(relatedTarget);
    if (outside && relatedTarget !== anchor.current && box?.matches(':popover-open')) box.hidePopover();
  };

  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={className ?? styles.button}
        aria-label={label}
        popoverTarget={id}
        aria-haspopup="dialog"
        onBlur={leave}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={title ?? label ?? 'Details'}
        className={styles.panel}
        onBlur={leave}
      >
        {typeof children === 'function' ? children(() => panel.current?.hidePopover()) : children}
      </div>
    </>
  );
}

/** Below the button, above it where there is no room, within the window. */
function placeBeside(button: Element | null, box: HTMLElement): void {
  if (!button || !box.matches(':popover-open')) return;
  const from = button.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(Math.max(GAP, from.left), innerWidth - width - GAP);
  const below = from.bottom + GAP;
  const top = below + height <= innerHeight ? below : Math.max(GAP, from.top - height - GAP);
  box.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
}

/** A text too long for the window is a stop for Tab, so that arrow keys scroll it; what has stops is scrolled by them. */
function letKeysScroll(box: HTMLElement): void {
  const scrolls =
    box.scrollHeight > box.clientHeight && !box.querySelector('a[href], button, input, select, summary');
  if (scrolls) box.tabIndex = 0;
  else box.removeAttribute('tabindex');
}
