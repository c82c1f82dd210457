/** Attribution against direct effect, a point per head or neuron: where both agree it lies on the diagonal. */

import { togglePin } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { signed } from '../../ui/format.ts';
import { Scatter, type ScatterPoint, type ScatterSeries } from '../../ui/Scatter.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { counted, type OfArm } from './terms.ts';

interface PlotProps {
  arms: readonly OfArm[];
  /** The label spoken about. */
  spoken: string | null;
  onPoint: (label: string | null) => void;
}

/** So many parts are named, those furthest from the diagonal. */
const NAMED = 3;

const SHAPES = ['circle', 'triangle', 'square'] as const;

export function Plot({ arms, spoken, onPoint }: PlotProps) {
  const tooltip = useTooltip();
  const pinned = useWorkbench((state) => state.pinned);
  const series = arms.map(
    ({ arm, effects }, i): ScatterSeries => ({
      key: arm,
      label: armTitle(arm),
      colour: `var(--arm-${arm}, var(--ink))`,
      shape: SHAPES[i % SHAPES.length],
      points: counted(effects).map((term) => ({
        key: `${arm} ${term.label}`,
        x: term.dla,
        y: term.directEffect,
        label: term.label,
      })),
    }),
  );
  const off = ({ x, y }: ScatterPoint) => Math.abs(y - x);
  // Each name once, at the arm where it is furthest off: the others are near it.
  const named = new Map<string, string>();
  for (const point of series.flatMap(({ points }) => points).sort((a, b) => off(b) - off(a))) {
    if (named.size < NAMED && off(point) > 0.1 && !named.has(point.label)) named.set(point.label, point.key);
  }
  const words = (point: ScatterPoint, of: ScatterSeries) =>
    `${point.label}, ${of.label}: attribution ${signed(point.x, 3)}, direct effect ${signed(point.y, 3)}`;
  const seriesOf = (point: ScatterPoint) => series.find(({ points }) => points.includes(point));
  const selected = pinned?.head === undefined ? null : `${arms[0]?.arm} L${pinned.layer}H${pinned.head}`;
  return (
    <Scatter
      label="Attribution against direct effect"
      caption="each point a part; on the dashed line attribution is exact"
      x={{ label: 'attribution, σ frozen (logits)' }}
      y={{ label: 'direct effect, σ′ (logits)' }}
      series={series}
      diagonal
      height={300}
      named={[...named.values()]}
      hovered={spoken && `${arms[0]?.arm} ${spoken}`}
      selected={selected}
      describe={words}
      onHover={(point, anchor) => {
        onPoint(point?.label ?? null);
        const of = point && seriesOf(point);
        if (point && of && anchor) tooltip.show(anchor, words(point, of).replaceAll(/[,:] /g, '\n'));
        else tooltip.hide();
      }}
      onPick={({ label }) => {
        const head = /^L(\d+)H(\d+)$/.exec(label);
        if (head) void togglePin({ layer: Number(head[1]), head: Number(head[2]) });
      }}
    />
  );
}
