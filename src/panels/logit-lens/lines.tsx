/** The target and the contrast through the layers at the pinned position: probability, and rank. */

import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { number, percent } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';
import { at } from './lens.ts';
import type { ArmLens } from './words.ts';

/** A scale of probabilities ends here at least, so that what is unlikely throughout looks it. */
const UNLIKELY = 0.05;

const short = (value: number) => `${Number((100 * value).toPrecision(2))} %`;

export function Lines({ lenses, position }: { lenses: readonly ArmLens[]; position: number }) {
  const contrast = useWorkbench((state) => state.contrast);
  const layers = Math.max(0, ...lenses.map(({ lens }) => lens.hooks.length));
  const tracked = lenses[0]?.lens.tracked ?? [];
  if (tracked.length === 0) {
    return <p className={styles.note}>Choose a target above to follow it through the layers.</p>;
  }
  const linesOf = (value: (own: ArmLens, token: number, layer: number) => number): PlotLine[] =>
    lenses.flatMap((own) =>
      own.lens.tracked.map(({ id, piece }, token) => ({
        key: `${own.arm} ${id}`,
        label: `${armTitle(own.arm)} ${glyphs(piece)}`,
        colour: `var(--arm-${own.arm}, var(--ink))`,
        dashed: contrast.some((each) => each.id === id),
        points: own.lens.hooks.map((_, layer) => ({ x: layer, y: value(own, token, layer) })),
      })),
    );
  const probability = linesOf(({ lens }, token, layer) =>
    Math.exp(at(lens.tracked[token]?.logprob ?? lens.entropy, layer, position)),
  );
  const rank = linesOf(
    ({ lens }, token, layer) => 1 + at(lens.tracked[token]?.rank ?? lens.entropy, layer, position),
  );
  const likely = probability.some(({ points }) => points.some(({ y }) => y > UNLIKELY));
  const words = (lines: readonly PlotLine[], format: (y: number) => string) => (x: number) =>
    `after layer ${x}: ${lines.map(({ label, points }) => `${label} ${format(points[x]?.y ?? Number.NaN)}`).join(', ')}`;
  const axis = {
    label: 'after layer',
    domain: [0, Math.max(1, layers - 1)] as const,
    ticks:
      layers <= 12 ? Array.from({ length: layers }, (_, x) => ({ value: x, label: String(x) })) : undefined,
  };
  const place = (value: number) => number(value, 0);
  return (
    <div className={styles.plots}>
      <LinePlot
        label="Probability by layer at the pinned position"
        caption="Probability"
        x={axis}
        y={{ label: 'probability', domain: likely ? undefined : [0, UNLIKELY], zero: true, format: short }}
        lines={probability}
        describe={words(probability, percent)}
      />
      <LinePlot
        label="Place in the ranking by layer at the pinned position"
        caption="Place (1 is the likeliest)"
        x={axis}
        y={{ label: 'place', log: true, format: place }}
        lines={rank}
        describe={words(rank, place)}
      />
    </div>
  );
}
