/** Why one part's attribution is off: the measured difference beside L₋c·(σ′/σ − 1), with everything that enters. */

import type { DirectEffectTerm } from '../../analysis/types/index.ts';
import { number, signed } from '../../ui/format.ts';
import { ArmHeads } from '../armHeads.tsx';
import styles from './body.module.css';
import type { OfArm } from './terms.ts';

interface Row {
  name: string;
  title: string;
  value: (term: DirectEffectTerm, arm: OfArm) => string;
  strong?: boolean;
  /** Left out where nothing was measured: it would say the line above again. */
  measured?: boolean;
}

const four = (value: number) => signed(value, 4);
const scale = (value: number) => number(value, 4);

const ROWS: readonly Row[] = [
  { name: 'attribution', title: 'c·direction ÷ σ, the scale frozen', value: (term) => four(term.dla) },
  {
    name: 'direct effect',
    title: 'the value with the part − the value without it, the final norm computed anew',
    value: (term) => four(term.directEffect),
  },
  {
    name: 'difference, measured',
    title: 'direct effect − attribution',
    value: (term) => four(term.difference),
    strong: true,
    measured: true,
  },
  {
    name: 'L₋c·(σ′/σ − 1)',
    title: 'the same from the identity, with σ′ by its formula',
    value: (term) => four(term.identity.difference),
    strong: true,
  },
  {
    name: 'L₋c',
    title: 'the target’s value without the part, less the final bias’s share',
    value: (term) => four(term.without),
  },
  {
    name: 'σ with the part',
    title: 'the final scale of this run',
    value: (_, { effects }) => scale(effects.convention.scale),
  },
  {
    name: 'σ′ without, measured',
    title: 'the final scale that the norm computed on what is left',
    value: (term) => scale(term.scaleWithout),
    measured: true,
  },
  {
    name: '√(σ² + |c̃|²/d − 2x̃·c̃/d)',
    title: 'σ′ by its formula: c̃ and x̃ are the part and the residual, centred',
    value: (term) => scale(term.identity.scaleWithout),
  },
];

export function Identity({ arms, label }: { arms: readonly OfArm[]; label: string | null }) {
  const found = arms.flatMap((each) => {
    const term = each.effects.terms.find((one) => one.label === label);
    return term ? [{ ...each, term }] : [];
  });
  if (!label || found.length === 0) return null;
  const measured = found.every(({ effects }) => effects.method === 'measured');
  const rows = ROWS.filter((row) => measured || !row.measured);
  return (
    <table className={styles.identity}>
      <caption>
        <b>{label}</b>: why they differ
      </caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">quantity</span>
          </th>
          <ArmHeads arms={found.map(({ arm }) => arm)} />
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, title, value, strong }) => (
          <tr key={name} title={title} className={strong ? styles.strong : undefined}>
            <th scope="row">{name}</th>
            {found.map((each) => (
              <td key={each.arm}>{value(each.term, each)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
