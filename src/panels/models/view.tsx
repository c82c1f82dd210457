/** The models dialog: what can be loaded and what that takes, models of one's own, and what this browser keeps. What is in it is fetched when the page has time. */

import { useEffect } from 'react';
import { whenIdle } from '../../base/idle.ts';
import { closeModels, showModelsView } from '../../state/models/dialog.ts';
import type { ModelsView } from '../../state/models/types.ts';
import { useWorkbench } from '../../state/store.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const VIEWS: readonly { value: ModelsView; label: string }[] = [
  { value: 'pairs', label: 'Load' },
  { value: 'add', label: 'Add your own' },
  { value: 'storage', label: 'Storage' },
];

const fetchBody = () => import('./body.tsx');
const Body = lazyView(() => fetchBody().then(({ ModelsBody }) => ModelsBody), styles.body);

export function ModelsDialog() {
  useEffect(
    () =>
      void whenIdle()
        .then(fetchBody)
        .catch(() => undefined),
    [],
  ); // who opens it is told what fails
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
      <Body />
    </Dialog>
  );
}
