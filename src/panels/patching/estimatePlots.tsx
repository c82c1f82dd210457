/** Estimate against measurement: a point per place, the error per layer, and the paper's figure of what removing LayerNorm gains. */

import { useState } from 'react';
import type { EstimateResult } from '../../state/closer/patching.ts';
import { armTitle, comparison } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { compact, number, signed } from '../../ui/format.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import { Scatter, type ScatterPoint, type ScatterSeries } from '../../ui/Scatter.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import styles from './body.module.css';
import { type ByLayer, errorByLayer, type Improvement, improvementOf, placesOf } from './estimate.ts';
import { cellName, shortName } from './maps.ts';

interface PlotsProps {
  result: EstimateResult;
  pieces: readonly string[];
  /** Of the numbers. */
  unit: 'share' | 'logits';
}

const SHAPES = ['circle', 'triangle', 'square'] as const;
/** So many places are named, those furthest from the diagonal. */
const NAMED = 3;
/** The paper's own two arms. */
const PAPER_ARMS = ['vanilla', 'lnfree'] as const;

const colourOf = (arm: string) => `var(--arm-${arm}, var(--ink))`;

export function EstimatePlots({ result, pieces, unit }: PlotsProps) {
  return (
    <div className={styles.pictures}>
      <Points result={result} pieces={pieces} unit={unit} />
      <ErrorLines result={result} unit={unit} />
      <PaperFigure result={result} unit={unit} />
    </div>
  );
}

function Points({ result, pieces, unit }: PlotsProps) {
  const shown = useWorkbench((state) => state.shown);
  const tooltip = useTooltip();
  const [pointed, setPointed] = useState<string | null>(null);
  /** In full, by the key of its point. */
  const names = new Map<string, string>();
  const series = shown.flatMap((arm, i): ScatterSeries[] => {
    const own = result.arms[arm];
    if (!own) return [];
    const points = placesOf(own).map(({ cell, estimate, measured }) => {
      const label = shortName(cell);
      const key = `${arm} ${label}`;
      names.set(key, cellName(cell, pieces));
      return { key, x: measured, y: estimate, label };
    });
    return [{ key: arm, label: armTitle(arm), colour: colourOf(arm), shape: SHAPES[i % 3], points }];
  });
  const off = ({ x, y }: ScatterPoint) => Math.abs(y - x);
  const named = series
    .flatMap(({ points }) => points)
    .sort((a, b) => off(b) - off(a))
    .slice(0, NAMED)
    .map(({ key }) => key);
  const words = (point: ScatterPoint, of: ScatterSeries) =>
    `${names.get(point.key)}, ${of.label}: measured ${signed(point.x, 3)}, estimated ${signed(point.y, 3)}`;
  return (
    <Scatter
      label="Estimated against measured effect of patching"
      caption="each point a place; on the dashed line the estimate is exact"
      x={{ label: `measured by patching (${unit})` }}
      y={{ label: `estimated by gradient (${unit})` }}
      series={series}
      diagonal
      height={300}
      named={named}
      hovered={pointed}
      describe={words}
      onHover={(point, anchor) => {
        setPointed(point?.key ?? null);
        const of = point && series.find(({ points }) => points.includes(point));
        if (point && of && anchor) tooltip.show(anchor, words(point, of).replaceAll(/[,:] /g, '\n'));
        else tooltip.hide();
      }}
    />
  );
}

function ErrorLines({ result, unit }: Omit<PlotsProps, 'pieces'>) {
  const shown = useWorkbench((state) => state.shown);
  const lines = shown.flatMap((arm): PlotLine[] => {
    const own = result.arms[arm];
    const errors = own && errorByLayer(own);
    return errors ? [lineOf(arm, armTitle(arm), colourOf(arm), errors)] : [];
  });
  return (
    <LinePlot
      label="Error of the estimate by layer"
      caption="Σ |estimate − measured| over a layer’s places; the band is one standard deviation over pairs"
      x={{ label: 'layer' }}
      y={{ label: `error (${unit})`, zero: true }}
      lines={lines}
      height={300}
      describe={(x) => atLayer(lines, x)}
    />
  );
}

/** Above 0 the second arm is estimated better. */
function PaperFigure({ result, unit }: Omit<PlotsProps, 'pieces'>) {
  const compared = useWorkbench((state) => comparison(state)?.join('|'));
  const wanted = [...new Set([PAPER_ARMS.join('|'), compared])];
  const found = wanted.flatMap((two) => {
    const [first, second] = two?.split('|') ?? [];
    return (first && second && improvementOf(result, [first, second])) || [];
  });
  if (found.length === 0) return null;
  const lines = found.map((improvement, i) => {
    const colour = i === 0 ? 'var(--accent)' : 'var(--ink)';
    return lineOf(improvement.arms.join('|'), titleOf(improvement), colour, improvement);
  });
  return (
    <div>
      <LinePlot
        label="Improvement of the estimate by layer"
        caption="the paper’s figure: error of the one model − error of the other; above 0 the other is estimated better"
        x={{ label: 'layer' }}
        y={{ label: `improvement (${unit})`, zero: true }}
        lines={lines}
        height={236}
        describe={(x) => atLayer(lines, x)}
      />
      {found.map((improvement) => (
        <p key={titleOf(improvement)} className={styles.answer}>
          {titleOf(improvement)}: {overallInWords(improvement)} over the layers.
        </p>
      ))}
      <p className={styles.note}>
        The paper has −0.026 ± 0.082 for GPT-2 small (its fine-tuned control − LN-free, 480 IOI prompts, the
        residual at every position, shares of the difference): no gain from removing LayerNorm.
      </p>
    </div>
  );
}

const titleOf = ({ arms: [first, second] }: Improvement) => `${armTitle(first)} − ${armTitle(second)}`;

function overallInWords({ overall }: Improvement): string {
  if (!overall) return 'no number';
  return `${overall.mean > 0 ? '+' : ''}${thousandths(overall.mean)} ± ${thousandths(overall.std)}`;
}

/** As the paper's figure is told, or more digits where they are needed. */
function thousandths(value: number): string {
  return Math.abs(value) >= 0.001 ? number(value, 3) : compact(value);
}

function lineOf(key: string, label: string, colour: string, { layers, mean, std }: ByLayer): PlotLine {
  const points = layers.map((x, i) => ({ x, y: mean[i] ?? Number.NaN })).sort((a, b) => a.x - b.x);
  const band = layers
    .map((x, i) => {
      const [middle, spread] = [mean[i] ?? Number.NaN, std?.[i] ?? Number.NaN];
      return { x, low: middle - spread, high: middle + spread };
    })
    .sort((a, b) => a.x - b.x);
  return { key, label, colour, points, ...(std && { band }) };
}

function atLayer(lines: readonly PlotLine[], x: number): string {
  const values = lines.map(
    ({ label, points }) => `${label} ${number(points.find((each) => each.x === x)?.y ?? Number.NaN, 3)}`,
  );
  return `layer ${x}: ${values.join(', ')}`;
}
