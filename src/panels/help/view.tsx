/** The help sheet's frame; what is in it is fetched when it is first opened. */

import { closeSheet } from '../../state/sheets.ts';
import { useWorkbench } from '../../state/store.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const Body = lazyView(() => import('./body.tsx').then(({ HelpBody }) => HelpBody), styles.body);

export function HelpSheet() {
  const open = useWorkbench((state) => state.sheet === 'help');
  return (
    <Dialog open={open} title="Help and keys" onClose={() => closeSheet('help')}>
      <Body />
    </Dialog>
  );
}
