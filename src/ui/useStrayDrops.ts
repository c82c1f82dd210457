/** Files dropped beside a field would take the browser away from the page; here one .json file is handed on, and others are refused. */

import { useEffect } from 'react';

/** For the whole page. A field that takes files stops the event before it gets here. `take` gets a single .json file. */
export function useStrayDrops(take: (file: File) => void): void {
  useEffect(() => {
    const hold = (event: DragEvent) => {
      const { dataTransfer } = event;
      if (!dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      const [item, ...more] = dataTransfer.items;
      const fits = more.length === 0 && item?.type === 'application/json';
      dataTransfer.dropEffect = fits ? 'copy' : 'none';
    };
    const drop = (event: DragEvent) => {
      hold(event);
      const [file, ...more] = event.dataTransfer?.files ?? [];
      if (file?.name.endsWith('.json') && more.length === 0) take(file);
    };
    document.addEventListener('dragover', hold);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', hold);
      document.removeEventListener('drop', drop);
    };
  }, [take]);
}
