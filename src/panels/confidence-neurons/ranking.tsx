/** The ranking as a table: norm, LogitVar, null-space share and score on the arm that ranks, and the others' ranks. */

import type { NeuronStats } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { MEANS } from '../../lessons/means.ts';
import { armTitle } from '../../state/selectors.ts';
import { compact, number } from '../../ui/format.ts';
import { useRoving } from '../../ui/useRoving.ts';
import styles from './view.module.css';

interface RankingProps {
  stats: readonly NeuronStats[];
  /** The same neurons on the other arms. */
  others: readonly { arm: ArmId; stats: readonly NeuronStats[] }[];
  neuron: number | null;
  hovered: number | null;
  onHover: (neuron: number | null) => void;
  onPick: (neuron: number) => void;
}

export function Ranking({ stats, others, neuron, hovered, onHover, onPick }: RankingProps) {
  const roving = useRoving(stats.length);
  return (
    <div className={styles.scroll}>
      <table className={styles.ranking} onPointerLeave={() => onHover(null)}>
        <thead>
          <tr>
            <th scope="col" title={MEANS.neuron}>
              neuron
            </th>
            <th scope="col" title="Length of what the neuron writes, ‖w_out‖">
              norm
            </th>
            <th scope="col" title={MEANS.LogitVar}>
              LogitVar
            </th>
            <th
              scope="col"
              title={`Squared share of w_out in the effective null space of the unembedding. ${MEANS['null space']}`}
            >
              null
            </th>
            <th scope="col" title="norm ÷ LogitVar">
              score
            </th>
            {others.map(({ arm }) => (
              <th key={arm} scope="col" title={`Place in the ranking of ${armTitle(arm)}`}>
                rank in {armTitle(arm)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...roving.list}>
          {stats.map((row, i) => (
            <tr
              key={row.neuron}
              className={
                row.neuron === neuron ? styles.chosen : row.neuron === hovered ? styles.hovered : undefined
              }
              onPointerEnter={() => onHover(row.neuron)}
            >
              <th scope="row">
                <button
                  type="button"
                  {...roving.item(i)}
                  aria-pressed={row.neuron === neuron}
                  title="Colour the token strip by this neuron"
                  onClick={() => onPick(row.neuron)}
                >
                  {row.neuron}
                </button>
              </th>
              <td>{number(row.norm)}</td>
              <td>{compact(row.logitVar)}</td>
              <td>{number(row.nullShare * 100, 1)} %</td>
              <td>{number(row.score, 0)}</td>
              {others.map((other) => (
                <td key={other.arm}>{(other.stats[i]?.rank ?? Number.NaN) + 1}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
