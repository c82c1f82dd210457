/** Panes side by side with a line between each two that moves them: by mouse, by touch, and by keys (WAI-ARIA's window splitter). */

import {
  Fragment,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import styles from './Columns.module.css';

export interface Pane {
  id: string;
  /** How the line after it is called. */
  name: string;
  /** CSS pixels that it needs at least; the style sheet's columns say the same. */
  least: number;
  content: ReactNode;
}

interface ColumnsProps {
  panes: readonly Pane[];
  /** A grid of a column per pane, and one between each two. */
  className: string | undefined;
  /** Of what panes `index` and `index + 1` have together, the first now has this part, between 0 and 1. */
  onMove: (index: number, part: number) => void;
  /** What was moved stays so. */
  onDone: () => void;
  /** The widths as they come. */
  onReset: () => void;
}

export function Columns({ panes, className, ...heard }: ColumnsProps) {
  return (
    <div className={className}>
      {panes.map((pane, index) => {
        const next = panes[index + 1];
        return (
          <Fragment key={pane.id}>
            <div className={styles.pane} id={`pane-${pane.id}`}>
              {pane.content}
            </div>
            {next && <Splitter index={index} before={pane} after={next} {...heard} />}
          </Fragment>
        );
      })}
    </div>
  );
}

/** CSS pixels of the two panes beside a line. */
interface Widths {
  before: number;
  both: number;
}

/** By so much of the two panes a key moves the line. */
const STEP = 0.02;

interface SplitterProps extends Pick<ColumnsProps, 'onMove' | 'onDone' | 'onReset'> {
  index: number;
  before: Pane;
  after: Pane;
}

function Splitter({ index, before, after, onMove, onDone, onReset }: SplitterProps) {
  const line = useRef<HTMLHRElement>(null);
  /** Where the pointer holds the line, from the left edge of the pane before; null while it does not. */
  const grip = useRef<number | null>(null);
  const [widths, setWidths] = useState<Widths>({ before: 1, both: 2 });
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => line.current && setWidths(widthsBeside(line.current)));
    for (const pane of line.current ? panesBeside(line.current) : []) observer.observe(pane);
    return () => observer.disconnect();
  }, []);

  const least = before.least / widths.both;
  const most = 1 - after.least / widths.both;
  const now = widths.before / widths.both;
  const move = (part: number) => onMove(index, Math.min(Math.max(part, least), most));

  const onKeyDown = (event: KeyboardEvent) => {
    const parts = { ArrowLeft: now - STEP, ArrowRight: now + STEP, Home: least, End: most };
    const part = parts[event.key as keyof typeof parts];
    if (part === undefined) return;
    event.preventDefault();
    move(part);
    onDone();
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || !line.current) return;
    line.current.setPointerCapture(event.pointerId);
    grip.current = event.clientX - widthsBeside(line.current).before;
  };
  const letGo = () => {
    if (grip.current === null) return;
    grip.current = null;
    onDone();
  };
  return (
    // biome-ignore-start lint/a11y: a line that can be moved is a control, as WAI-ARIA's pattern says
    <hr
      ref={line}
      className={styles.splitter}
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Width of ${before.name}`}
      aria-controls={`pane-${before.id}`}
      aria-valuenow={percent(now)}
      aria-valuemin={percent(least)}
      aria-valuemax={percent(most)}
      aria-valuetext={`${percent(now)} % of the room of ${before.name} and ${after.name}`}
      title="Drag to resize; double click for the widths as they come"
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => grip.current !== null && move((event.clientX - grip.current) / widths.both)}
      onLostPointerCapture={letGo}
      onDoubleClick={onReset}
    />
    // biome-ignore-end lint/a11y: see above
  );
}

function panesBeside(line: HTMLElement): HTMLElement[] {
  const beside = [line.previousElementSibling, line.nextElementSibling];
  return beside.filter((each) => each instanceof HTMLElement);
}

function widthsBeside(line: HTMLElement): Widths {
  const [before = 0, after = 0] = panesBeside(line).map(({ offsetWidth }) => offsetWidth);
  return { before, both: before + after };
}

const percent = (part: number) => Math.round(100 * part);
