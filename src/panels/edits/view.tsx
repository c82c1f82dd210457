/** Nothing while there are no edits and none is being made; then the strip, which is fetched for it. */

import { useWorkbench } from '../../state/store.ts';
import { lazyView } from '../lazyView.tsx';

const Strip = lazyView(() => import('./strip.tsx').then(({ EditsStrip }) => EditsStrip));

export function EditsView() {
  const editing = useWorkbench(({ edits, editForm }) => edits.length > 0 || editForm);
  return editing ? <Strip /> : null;
}
