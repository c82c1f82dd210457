/** The models of a pair: which to load, what each is, where it comes from, what it downloads and takes. */

import type { ArmInfo, PairInfo } from '../../engine/api.ts';
import { toggleChoice } from '../../state/models/dialog.ts';
import type { Choice } from '../../state/models/types.ts';
import { armTitle } from '../../state/selectors.ts';
import { CheckNote } from '../../ui/CheckNote.tsx';
import { bytes } from '../../ui/format.ts';
import { storageName } from '../../ui/storageName.ts';
import styles from './armTable.module.css';
import { downloadInWords } from './words.ts';

interface ArmTableProps {
  pair: PairInfo;
  choice: Choice;
  disabled: boolean;
}

export function ArmTable({ pair, choice, disabled }: ArmTableProps) {
  const dtype = choice.dtype ?? choice.budget?.suggested?.dtype ?? null;
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">Models of {pair.title}</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col" className={styles.number}>
            Files
          </th>
          <th scope="col" className={styles.number}>
            On the device
          </th>
        </tr>
      </thead>
      <tbody>
        {pair.arms.map((arm) => {
          const budget = choice.everyArm?.arms.find(({ id }) => id === arm.id);
          const [size, where] = downloadInWords(arm, budget);
          return (
            <tr key={arm.id}>
              <th scope="row">
                <label className={styles.arm}>
                  <input
                    type="checkbox"
                    checked={choice.arms.includes(arm.id)}
                    disabled={disabled || choice.everyArm === null}
                    onChange={() => void toggleChoice(arm.id)}
                  />
                  {arm.title === arm.id ? armTitle(arm.id) : arm.title}
                  {arm.loaded && (
                    <span className={styles.loaded}>loaded{arm.dtype && ` · ${storageName(arm.dtype)}`}</span>
                  )}
                </label>
                <ArmFacts arm={arm} />
              </th>
              <td className={styles.number}>
                {size}
                <span className={styles.where}>{where}</span>
              </td>
              <td className={styles.number}>
                {budget && dtype ? bytes(budget.gpu[dtype]) : '…'}
                {budget && dtype && budget.split[dtype] && (
                  <span
                    className={styles.where}
                    title="A matrix larger than this device binds at once is kept in parts; the numbers are the same"
                  >
                    in parts
                  </span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function ArmFacts({ arm }: { arm: ArmInfo }) {
  return (
    <div className={styles.facts}>
      {arm.about && <p>{arm.about}</p>}
      <p>
        {arm.repo ? (
          <a href={arm.repo.url} target="_blank" rel="noopener">
            {arm.repo.name}
            <span className="visually-hidden"> (its card, in a new tab)</span>
          </a>
        ) : (
          arm.source
        )}
        {arm.license !== null && ` · licence ${arm.license}`}
      </p>
      {arm.check && <CheckNote ok={arm.check.ok} message={arm.check.message} />}
      {arm.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}
