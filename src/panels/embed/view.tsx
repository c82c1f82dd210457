/** One panel in the frame of another page: a still first, live once somebody clicks, with the way to the whole page. */

import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { toErrorRecord } from '../../base/errors.ts';
import { DEMO } from '../../state/linking/demo.ts';
import { goLive, obeyFramingPage, openFrame, tellHeight } from '../../state/linking/embedding.ts';
import { notifyError } from '../../state/notices.ts';
import { engineIsReady, freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { ErrorBoundary } from '../../ui/ErrorBoundary.tsx';
import { TooltipProvider } from '../../ui/Tooltip.tsx';
import { useFocusKept } from '../../ui/useFocusKept.ts';
import { FRAMED } from '../framed.ts';
import type { Panel } from '../panel.ts';
import { Foot } from './foot.tsx';
import { isAnsweredByBuild, panelOf } from './panels.ts';
import { Still } from './still.tsx';
import styles from './view.module.css';

interface EmbedProps {
  /** As the address says. */
  id: string;
  /** Called once, on the first click. */
  startEngine: () => void;
  /** What is said above the panel once an engine runs. */
  notices: ReactNode;
}

export function Embed({ id, startEngine, notices }: EmbedProps) {
  const box = useHeight();
  const { fault, ready } = useAddress(id);
  const panel = panelOf(id);
  useFocusKept();
  useEffect(obeyFramingPage, []);
  return (
    <TooltipProvider>
      <main ref={box} className={styles.embed} aria-label="Normless">
        {!panel && (
          <p role="alert">
            Normless has no panel “{id}” to show here. There are: {FRAMED.map((each) => each.id).join(', ')}.
          </p>
        )}
        {panel && fault && <p role="alert">{fault}</p>}
        {panel && ready && <Framed panel={panel} startEngine={startEngine} notices={notices} />}
        <Foot />
      </main>
    </TooltipProvider>
  );
}

function Framed({ panel, startEngine, notices }: Omit<EmbedProps, 'id'> & { panel: Panel }) {
  const state = useWorkbench();
  const [live, setLive] = useState(false);
  const [answered, setAnswered] = useState(false);
  const hasAnswer = live && isAnswered(state, panel);
  useEffect(() => {
    if (hasAnswer) setAnswered(true);
  }, [hasAnswer]);

  const atHand = state.pair === DEMO;
  const start = useCallback(() => {
    if (live || !atHand) return;
    setLive(true);
    goLive(startEngine).catch((error: unknown) => notifyError('The link could not be opened', error));
  }, [live, atHand, startEngine]);

  if (!answered && !isAnsweredByBuild(state, panel))
    return (
      <>
        {live && notices}
        <Still live={live} atHand={atHand} onStart={start} />
      </>
    );
  return (
    // Hears that a control of the panel was used; a key on a button is a click, too.
    <div onClickCapture={start} onChangeCapture={start}>
      {!live && (
        <button type="button" className={styles.start}>
          The result that comes with Normless. Click to compute here.
        </button>
      )}
      {live && notices}
      <ErrorBoundary what={`The panel “${panel.id}”`}>
        <panel.View />
      </ErrorBoundary>
    </div>
  );
}

/** Whether the engine has answered the panel, or said why not. */
function isAnswered(state: WorkbenchState, panel: Panel): boolean {
  const settled = panel.asks(state).every(({ slot }) => {
    return freshness(state, slot) === 'live' || state.slots[slot].error !== null;
  });
  return engineIsReady(state) && (settled || state.promptError !== null);
}

/** Opens what the frame's address says, now and when the framing page changes it. */
function useAddress(id: string): { ready: boolean; fault: string | null } {
  const [outcome, setOutcome] = useState<{ ready: boolean; fault: string | null }>({
    ready: false,
    fault: null,
  });
  useEffect(() => {
    const closer = FRAMED.some((framed) => framed.closer && framed.id === id);
    const open = () =>
      openFrame(location.hash, closer ? id : null).then(
        () => setOutcome({ ready: true, fault: null }),
        (error: unknown) => setOutcome({ ready: false, fault: toErrorRecord(error).message }),
      );
    void open();
    window.addEventListener('hashchange', open);
    return () => window.removeEventListener('hashchange', open);
  }, [id]);
  return outcome;
}

/** Tells the framing page how high this is, whenever that changes. */
function useHeight() {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const observer = new ResizeObserver(() => tellHeight(Math.ceil(current.getBoundingClientRect().height)));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return box;
}
