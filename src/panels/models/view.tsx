/** The models dialog: what can be loaded and what that takes, models of one's own, and what this browser keeps. */

import { closeModels, showModelsView } from '../../state/models/dialog.ts';
import type { ModelsView } from '../../state/models/types.ts';
import { useWorkbench } from '../../state/store.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AddForm } from './addForm.tsx';
import { Pairs } from './pairs.tsx';
import { Storage } from './storage.tsx';

const VIEWS: readonly { value: ModelsView; label: string }[] = [
  { value: 'pairs', label: 'Load' },
  { value: 'add', label: 'Add your own' },
  { value: 'storage', label: 'Storage' },
];

export function ModelsDialog() {
  const open = useWorkbench((state) => state.models.open);
  const view = useWorkbench((state) => state.models.view);
  return (
    <Dialog
      open={open}
      title="Models"
      onClose={closeModels}
      controls={
        <Segmented
          label="Part of the dialog"
          value={view}
          options={VIEWS}
          onChange={(next) => void showModelsView(next)}
        />
      }
    >
      {view === 'pairs' && <Pairs />}
      {view === 'add' && <AddForm />}
      {view === 'storage' && <Storage />}
    </Dialog>
  );
}
