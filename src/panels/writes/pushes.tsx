/** The tokens pushed up and down most, as bars, the arms side by side; a click makes a token the target. */

import { chooseToken } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { type BarRow, BarTable } from '../../ui/BarTable.tsx';
import { glyphs } from '../../ui/glyphs.ts';
import styles from './body.module.css';
import type { OfArm } from './words.ts';

export function Pushes({ arms }: { arms: readonly OfArm[] }) {
  return (
    <div className={styles.arms}>
      {arms.map((each) => (
        <ArmPushes key={each.arm} {...each} />
      ))}
    </div>
  );
}

function ArmPushes({ arm, written }: OfArm) {
  const pushes = [...written.up, ...written.down.toReversed()];
  const rows = pushes.map(
    ({ id, piece, value }, i): BarRow => ({
      key: `${i} ${id}`,
      label: glyphs(piece),
      values: [value],
      difference: null,
    }),
  );
  return (
    <BarTable
      caption={`Tokens that ${written.label} pushes most in ${armTitle(arm)}, up and then down`}
      rowName="token"
      series={[{ key: arm, label: armTitle(arm), colour: `var(--arm-${arm}, var(--ink))` }]}
      rows={rows}
      differenceLabel={null}
      onHover={() => {}}
      onPick={(row) => {
        const push = pushes[rows.indexOf(row)];
        if (push) void chooseToken('target', { id: push.id, piece: push.piece });
      }}
    />
  );
}
