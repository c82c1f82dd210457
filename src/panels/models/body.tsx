/** What is in the models dialog: the view of it that is chosen. */

import { useWorkbench } from '../../state/store.ts';
import { AddForm } from './addForm.tsx';
import { Pairs } from './pairs.tsx';
import { Storage } from './storage.tsx';

export function ModelsBody() {
  const view = useWorkbench((state) => state.models.view);
  if (view === 'add') return <AddForm />;
  return view === 'storage' ? <Storage /> : <Pairs />;
}
