/** Taking what is on show elsewhere; the menu is fetched when the page has time, and pictures are signed from here. */

import { useEffect } from 'react';
import { getState } from '../../state/store.ts';
import { Popover } from '../../ui/Popover.tsx';
import { signPictures } from '../../ui/pictureFoot.ts';
import { pageAddress } from '../exports.ts';
import { idleView } from '../lazyView.tsx';
import styles from './share.module.css';

const Box = idleView(() => import('./exportBox.tsx').then(({ ExportBox }) => ExportBox));

export function Export() {
  useEffect(() => signPictures(footOfPictures), []);
  return (
    <Popover button="Export" title="Export what is on show" className={styles.button}>
      <Box />
    </Popover>
  );
}

/** Which models, how they are kept, and the link that shows it again. */
async function footOfPictures(): Promise<string[]> {
  const { pictureLines } = await import('./exportFiles.ts');
  return pictureLines(getState(), pageAddress());
}
