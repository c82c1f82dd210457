/** Two curves of each model: loss by how much was read before, and hits by how sure it was. */

import type { CorpusArm } from '../../analysis/types/index.ts';
import type { AnalysisResult, ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, percent } from '../../ui/format.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';

const SHARES = [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: String(value) }));
const PERFECT: PlotLine = {
  key: 'perfect',
  label: 'perfectly calibrated',
  colour: 'var(--muted)',
  dashed: true,
  points: [
    { x: 0, y: 0 },
    { x: 0.5, y: 0.5 },
    { x: 1, y: 1 },
  ],
};

const colourOf = (arm: ArmId) => `var(--arm-${arm}, var(--ink))`;

export function Curves({ result }: { result: AnalysisResult<'corpus'> }) {
  const arms = Object.entries(result.arms);
  const bins = arms[0]?.[1].byContext ?? [];
  return (
    <div className={styles.plots}>
      <LinePlot
        label="Loss by tokens read before"
        caption="Loss by how much was read before (with 95 % intervals)"
        x={{
          label: 'tokens read, up to',
          domain: [0, bins.at(-1)?.to ?? 1],
          ticks: bins.map(({ to }) => ({ value: to, label: String(to) })),
        }}
        y={{ label: 'loss (nats)', format: (value) => number(value, 1) }}
        lines={arms.map(([arm, own]) => contextLine(arm, own))}
        describe={(x) => contextInWords(arms, x)}
      />
      <LinePlot
        label="Hits by confidence"
        caption="Calibration: how often the likeliest token came"
        x={{ label: 'its mean probability in the bin', domain: [0, 1], ticks: SHARES }}
        y={{ label: 'share that came', domain: [0, 1], ticks: SHARES }}
        lines={[...arms.map(([arm, own]) => calibrationLine(arm, own)), PERFECT]}
        describe={(x) => calibrationInWords(arms, x)}
      />
    </div>
  );
}

function contextLine(arm: ArmId, { byContext }: CorpusArm): PlotLine {
  const filled = byContext.flatMap(({ to, loss }) => (loss ? [{ to, loss }] : []));
  return {
    key: arm,
    label: armTitle(arm),
    colour: colourOf(arm),
    points: filled.map(({ to, loss }) => ({ x: to, y: loss.mean })),
    band: filled.flatMap(({ to, loss }) =>
      loss.interval ? [{ x: to, low: loss.interval[0], high: loss.interval[1] }] : [],
    ),
  };
}

function contextInWords(arms: readonly (readonly [ArmId, CorpusArm])[], x: number): string {
  const losses = arms.flatMap(([arm, { byContext }]) => {
    const bin = byContext.find(({ to }) => to === x);
    return bin?.loss ? [`${armTitle(arm)} ${number(bin.loss.mean, 3)} (${bin.count} tokens)`] : [];
  });
  const from = arms[0]?.[1].byContext.find(({ to }) => to === x)?.from ?? 0;
  return `${from + 1} to ${x} tokens read: ${losses.join(', ')}`;
}

function calibrationLine(arm: ArmId, { calibration }: CorpusArm): PlotLine {
  return {
    key: arm,
    label: armTitle(arm),
    colour: colourOf(arm),
    points: calibration.flatMap(({ confidence, accuracy }) =>
      confidence === null || accuracy === null ? [] : [{ x: confidence, y: accuracy }],
    ),
  };
}

function calibrationInWords(arms: readonly (readonly [ArmId, CorpusArm])[], x: number): string {
  const here = arms.flatMap(([arm, { calibration }]) => {
    const bin = calibration.find(({ from, to }) => x > from && x <= to);
    return bin && bin.count > 0 && bin.accuracy !== null && bin.confidence !== null
      ? [
          `${armTitle(arm)} expects ${percent(bin.confidence)}, ${percent(bin.accuracy)} came (${bin.count} tokens)`,
        ]
      : [];
  });
  return here.length > 0 ? here.join('; ') : 'the diagonal: what is expected comes';
}
