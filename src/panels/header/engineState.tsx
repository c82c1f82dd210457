/** The engine in a few words; the popover with the rest is fetched when the page has time. */

import type { EngineStatus, Progress } from '../../engine/api.ts';
import { useWorkbench } from '../../state/store.ts';
import { bytes, magnitude } from '../../ui/format.ts';
import { Popover } from '../../ui/Popover.tsx';
import { idleView } from '../lazyView.tsx';
import styles from './engineState.module.css';
import { useRate } from './useRate.ts';

const Box = idleView(() => import('./engineBox.tsx').then(({ EngineBox }) => EngineBox));

export function EngineState() {
  const engine = useWorkbench((state) => state.engine);
  const rate = useRate(engine.progress);
  const words = summary(engine, rate);
  return (
    <Popover
      label={`Engine: ${words}`}
      title="Engine"
      className={styles.state}
      button={
        <>
          <span className={`${styles.dot} ${styles[toneOf(engine)]}`} aria-hidden="true" />
          <span role="status" title={words}>
            {words}
          </span>
        </>
      }
    >
      <Box />
    </Popover>
  );
}

function toneOf({ phase, selfCheck }: EngineStatus): 'ready' | 'busy' | 'failed' {
  if (phase === 'failed' || selfCheck?.ok === false) return 'failed';
  return phase === 'ready' ? 'ready' : 'busy';
}

const PHASES: Record<EngineStatus['phase'], string> = {
  starting: 'starting',
  loading: 'loading weights',
  compiling: 'compiling kernels',
  checking: 'checking itself',
  ready: 'ready',
  recovering: 'rebuilding the device',
  failed: 'not running',
};

function summary(engine: EngineStatus, rate: string | null): string {
  const { phase, progress, selfCheck } = engine;
  if (phase === 'ready') {
    const size = selfCheck && magnitude(selfCheck.maxAbs);
    const verdict = selfCheck?.ok ? `✓ reproduced to ${size}` : `✗ differs by ${size}`;
    return [selfCheck ? verdict : PHASES[phase], whereIn(engine)].filter(Boolean).join(' · ');
  }
  return progress ? `${PHASES[phase]} ${amount(progress)}${rate ? ` · ${rate}` : ''}` : PHASES[phase];
}

/** Who answers, in a word, where it is not WebGPU on a graphics card. */
function whereIn({ route, adapter }: EngineStatus): string | null {
  if (route?.engine === 'ort') return 'wasm';
  return route && adapter?.isFallback ? 'software' : null;
}

function amount({ done, total, unit }: Progress): string {
  return unit === 'bytes' ? `${bytes(done)} of ${bytes(total)}` : `${done} of ${total}`;
}
