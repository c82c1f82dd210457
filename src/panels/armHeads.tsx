/** The heads of a table's columns, an arm each. */

import type { ArmId } from '../engine/api.ts';
import { armTitle } from '../state/selectors.ts';

export function ArmHeads({ arms }: { arms: readonly ArmId[] }) {
  return arms.map((arm) => (
    <th key={arm} scope="col">
      {armTitle(arm)}
    </th>
  ));
}
