/** All there is to know of the engine: who computes and why, adapter, precision, version, self-check, and the choice. */

import type { EngineStatus } from '../../engine/api.ts';
import { engineName } from '../../state/engineNames.ts';
import { useWorkbench } from '../../state/store.ts';
import { CheckNote } from '../../ui/CheckNote.tsx';
import { list, magnitude } from '../../ui/format.ts';
import { storageName } from '../../ui/storageName.ts';
import { EngineChoices } from './engineChoices.tsx';
import styles from './engineState.module.css';

export function EngineBox() {
  const { engine, version, pairs, pair } = useWorkbench();
  const current = pairs.find(({ id }) => id === pair);
  const arms = current?.arms.filter((arm) => arm.loaded) ?? [];
  const dtypes = [...new Set(arms.flatMap((arm) => (arm.dtype ? [storageName(arm.dtype)] : [])))].join(', ');
  const { adapter, selfCheck, route } = engine;
  // Why another engine cannot run stands at its choice below.
  const told = Object.values(engine.engines).some(({ note }) => note && route?.why.includes(note));
  const holders = [...new Set(arms.flatMap((arm) => arm.engines))].map(engineName);
  return (
    <>
      <h2>Engine</h2>
      {!(route && engine.phase === 'ready') && <p>{engine.message}</p>}
      {route && (
        <p>
          <b>{engineName(route.engine)}</b> {route.engine === 'wgsl' ? 'answer' : 'answers'}.{' '}
          {told ? '' : route.why}
        </p>
      )}
      <EngineChoices />
      {selfCheck && (
        <p className={styles.check}>
          {engineName(selfCheck.engine)} recomputed, on your device, the result committed with the build. The
          largest difference of any number is {magnitude(selfCheck.maxAbs)} (allowed{' '}
          {magnitude(selfCheck.tolerance)}), at <code className={styles.where}>{selfCheck.where}</code>.
        </p>
      )}
      <dl className={styles.facts}>
        <Fact name="Adapter" value={adapter && describeAdapter(adapter)} />
        <Fact name="Weights as" value={dtypes} />
        <Fact name="Weights with" value={list(holders)} />
        <Fact
          name="On the device"
          value={
            current?.residency === 'one-at-a-time' ? 'one arm at a time; the others wait their turn' : null
          }
        />
        <Fact name="Version" value={version} />
        <Fact name="Device rebuilt" value={engine.recoveries > 0 ? `${engine.recoveries} times` : null} />
      </dl>
      {arms.map((arm) => (
        <section key={arm.id} className={styles.arm} aria-label={arm.title}>
          <h3>{arm.title}</h3>
          <p>{[arm.source, ...arm.notes].join('. ')}</p>
          {arm.check && <CheckNote ok={arm.check.ok} message={arm.check.message} />}
        </section>
      ))}
    </>
  );
}

function Fact({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function describeAdapter({
  vendor,
  architecture,
  description,
  isFallback,
}: NonNullable<EngineStatus['adapter']>): string {
  const name = [vendor, architecture, description].filter(Boolean).join(' · ') || 'unnamed';
  return isFallback ? `${name} (software: correct, but slow)` : name;
}
