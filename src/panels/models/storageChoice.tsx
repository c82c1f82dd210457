/** How the weights are kept on the device: precision against memory, with what fits, told before a byte moves. */

import { useId } from 'react';
import { chooseStorage } from '../../state/models/dialog.ts';
import type { Choice } from '../../state/models/types.ts';
import { bytes } from '../../ui/format.ts';
import { storageName } from '../../ui/storageName.ts';
import styles from './storageChoice.module.css';
import { FITS, memoryOf, STORAGES } from './words.ts';

export function StorageChoice({ choice, disabled }: { choice: Choice; disabled: boolean }) {
  const name = useId();
  const { budget } = choice;
  const chosen = choice.dtype ?? budget?.suggested?.dtype ?? null;
  return (
    <fieldset className={styles.group} disabled={disabled || !budget}>
      <legend>Weights on the device</legend>
      <div className={styles.rows}>
        {STORAGES.map(({ dtype, meaning }) => {
          const plan = budget?.plans[dtype];
          return (
            <label key={dtype} className={styles.row}>
              <input
                type="radio"
                name={name}
                checked={dtype === chosen}
                onChange={() => chooseStorage(dtype)}
              />
              <b>{storageName(dtype)}</b>
              <span className={styles.meaning}>
                {meaning}
                {budget?.suggested?.dtype === dtype && <span className={styles.suggested}> Suggested.</span>}
              </span>
              <span className={styles.memory}>{plan ? bytes(memoryOf(plan)) : '…'}</span>
              <span className={plan?.residency === 'does-not-fit' ? styles.not : styles.fits}>
                {plan ? FITS[plan.residency] : ''}
              </span>
            </label>
          );
        })}
      </div>
      {budget && (
        <details className={styles.basis}>
          <summary>What the memory is made of</summary>
          <p>
            The weights of the chosen models, about {bytes(budget.working)} of working memory for activations
            {budget.inUse > 0 && `, and ${bytes(budget.inUse)} that other loaded models take already`}.{' '}
            {budget.basis}
            {budget.limits.bufferBytes !== null &&
              ` The device’s largest buffer is ${bytes(budget.limits.bufferBytes)}.`}
          </p>
        </details>
      )}
    </fieldset>
  );
}
