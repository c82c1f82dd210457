/** The one tooltip of the page: it moves and changes its words, so that sweeping over cells does not flicker. */

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import styles from './Tooltip.module.css';

interface Shown {
  anchor: DOMRect;
  content: ReactNode;
}

export interface TooltipControl {
  show: (anchor: DOMRect, content: ReactNode) => void;
  hide: () => void;
}

const Context = createContext<TooltipControl>({ show: () => {}, hide: () => {} });

/** Shows and hides the shared tooltip. Everything it says must also be reachable without it. */
export function useTooltip(): TooltipControl {
  return useContext(Context);
}

/** Holds the tooltip for everything inside. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Shown | null>(null);
  const control = useMemo<TooltipControl>(
    () => ({ show: (anchor, content) => setShown({ anchor, content }), hide: () => setShown(null) }),
    [],
  );
  return (
    <Context value={control}>
      {children}
      {shown && <Bubble {...shown} onGone={control.hide} />}
    </Context>
  );
}

const GAP = 8;

/** Stays until it is hidden, Esc is pressed, what it points at scrolls away, or a finger is put down elsewhere. */
function Bubble({ anchor, content, onGone }: Shown & { onGone: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    const early = { signal: stop.signal, capture: true };
    window.addEventListener('keydown', ({ key }) => key === 'Escape' && onGone(), early);
    window.addEventListener('scroll', onGone, early);
    window.addEventListener('pointerdown', ({ pointerType }) => pointerType === 'touch' && onGone(), early);
    return () => stop.abort();
  }, [onGone]);
  useLayoutEffect(() => {
    const bubble = ref.current;
    if (!bubble) return;
    const { width, height } = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, anchor.x + anchor.width / 2 - width / 2), innerWidth - width - GAP);
    const above = anchor.top - height - GAP;
    const top = above >= GAP ? above : Math.min(anchor.bottom + GAP, innerHeight - height - GAP);
    bubble.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  });
  return (
    <div ref={ref} className={styles.bubble} aria-hidden="true">
      {content}
    </div>
  );
}
