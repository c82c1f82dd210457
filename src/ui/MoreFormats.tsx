/** A panel in other formats than the usual two: its table by tabs, and its picture. */

import { useEffect, useRef, useState } from 'react';
import { toErrorRecord } from '../base/errors.ts';
import styles from './CopyButtons.module.css';
import { toTsv } from './csv.ts';
import { download } from './download.ts';
import { Popover } from './Popover.tsx';
import { showPanel } from './picturePanels.ts';

/** Fetched when a picture is asked for. */
const pictures = () => import('./picture.ts');

interface MoreFormatsProps {
  /** Stem of the file names. */
  name: string;
  /** Read out in place of the picture. */
  title: string;
  csv?: (() => string) | undefined;
}

export function MoreFormats({ name, title, csv }: MoreFormatsProps) {
  const box = useRef<HTMLParagraphElement>(null);
  const [says, setSays] = useState('');
  useEffect(() => {
    const element = box.current?.closest('section');
    return element ? showPanel(name, { title, csv, element }) : undefined;
  }, [name, title, csv]);
  const save = async (
    ending: string,
    make: (panel: HTMLElement) => Promise<string | Uint8Array<ArrayBuffer>>,
  ) => {
    const panel = box.current?.closest('section');
    if (!panel) return;
    const file = `normless-${name}.${ending}`;
    try {
      download(file, await make(panel));
      setSays(`Saved ${file}.`);
    } catch (error) {
      setSays(toErrorRecord(error).message);
    }
  };
  return (
    <Popover button="⤓" label={`Save ${name} as a picture or by tabs`} className={styles.button}>
      <p ref={box} className={styles.group}>
        <button
          type="button"
          className={styles.button}
          onClick={() => void save('png', async (panel) => (await pictures()).pngOf(panel, title))}
        >
          PNG
        </button>
        <button
          type="button"
          className={styles.button}
          onClick={() => void save('svg', async (panel) => (await pictures()).svgOf(panel, title))}
        >
          SVG
        </button>
        {csv && (
          <button
            type="button"
            className={styles.button}
            onClick={() => void save('tsv', async () => toTsv(csv()))}
          >
            TSV
          </button>
        )}
      </p>
      <p aria-live="polite">{says}</p>
    </Popover>
  );
}
