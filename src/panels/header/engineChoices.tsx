/** Who computes: automatic, our kernels or ONNX Runtime, each with its device or why it cannot run. */

import { type ReactNode, useId } from 'react';
import type { EngineChoice, EngineId, EngineInfo } from '../../engine/api.ts';
import { chooseEngine } from '../../state/engineChoice.ts';
import { engineName } from '../../state/engineNames.ts';
import { useWorkbench } from '../../state/store.ts';
import styles from './engineChoices.module.css';

const ENGINES: readonly { id: EngineId; title: string }[] = [
  { id: 'wgsl', title: engineName('wgsl') },
  { id: 'ort', title: `${engineName('ort')} (WebAssembly)` },
];

export function EngineChoices() {
  const name = useId();
  const { engines, route } = useWorkbench((state) => state.engine);
  const asked = useWorkbench((state) => state.engineAsked);
  if (!route) return null;
  const choice = asked ?? route.choice;
  return (
    <fieldset className={styles.group}>
      <legend>Who computes</legend>
      <Option name={name} value="auto" title="Automatic" checked={choice === 'auto'}>
        the faster of those that run here
      </Option>
      {ENGINES.map(({ id, title }) => (
        <Option
          key={id}
          name={name}
          value={id}
          title={title}
          checked={choice === id}
          disabled={engines[id].state === 'unavailable'}
        >
          {aboutIn(id, engines[id])}
        </Option>
      ))}
      <p className={styles.asked} aria-live="polite">
        {asked !== null && 'Changing over …'}
      </p>
    </fieldset>
  );
}

interface OptionProps {
  name: string;
  value: EngineChoice;
  title: string;
  checked: boolean;
  disabled?: boolean;
  children: ReactNode;
}

function Option({ name, value, title, checked, disabled, children }: OptionProps) {
  return (
    <label className={disabled ? `${styles.row} ${styles.missing}` : styles.row}>
      <input
        type="radio"
        name={name}
        disabled={disabled}
        checked={checked}
        onChange={() => void chooseEngine(value)}
      />
      <span>{title}</span>
      <span className={styles.about}>{children}</span>
    </label>
  );
}

/** Its device, or why it cannot run; and what only our kernels will ever do, where somebody might choose the other. */
function aboutIn(id: EngineId, { state, device, note, capabilities }: EngineInfo): string {
  if (state === 'unavailable') return note ?? 'It cannot run here.';
  const lacking = Object.entries(capabilities).flatMap(([what, able]) => (able ? [] : [what]));
  const limits = id === 'ort' && lacking.length > 0 ? `; no ${lacking.join(' or ')}, which take WebGPU` : '';
  return `${device ?? 'fetched when it is first needed'}${limits}`;
}
