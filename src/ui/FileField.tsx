/** Files of one model: picked one by one, as a folder, or dropped on the field. */

import { type DragEvent, useRef, useState } from 'react';
import { Button } from './Button.tsx';
import { droppedFiles, filesOfOneModel, mergeFiles, type PlacedFile, pickedFiles } from './droppedFiles.ts';
import styles from './FileField.module.css';
import { bytes } from './format.ts';

interface FileFieldProps {
  /** Accessible name, e.g. `Files of original`. */
  label: string;
  files: readonly File[];
  describedBy?: string;
  onFiles: (files: File[]) => void;
  /** What was dropped cannot be taken; the sentence says why. */
  onRefuse: (message: string) => void;
}

export function FileField({ label, files, describedBy, onFiles, onRefuse }: FileFieldProps) {
  const [over, setOver] = useState(false);
  const newest = useRef(files);
  newest.current = files;
  const some = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);

  const take = async (placed: PlacedFile[] | Promise<PlacedFile[]>) => {
    try {
      const taken = filesOfOneModel(await placed);
      if (taken.length > 0) onFiles(mergeFiles(newest.current, taken)); // more may have come while it was read
    } catch (error) {
      onRefuse(error instanceof Error ? error.message : String(error));
    }
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(droppedFiles(event.dataTransfer));
  };
  const onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere on the page a drop is refused (useStrayDrops)
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  const input = (ref: typeof some, name: string, asFolder: boolean) => (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={`${name} (${label})`}
      {...(asFolder && { webkitdirectory: '' })}
      onChange={(event) => {
        void take(pickedFiles(event.target.files ?? []));
        event.target.value = ''; // the same files again are a change again
      }}
    />
  );

  return (
    <fieldset
      aria-label={label}
      aria-describedby={describedBy}
      className={over ? `${styles.field} ${styles.over}` : styles.field}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className={styles.buttons}>
        <Button kind="quiet" onClick={() => some.current?.click()}>
          Pick files…
        </Button>
        <Button kind="quiet" onClick={() => folder.current?.click()}>
          Pick a folder…
        </Button>
        <span className={styles.hint}>or drop them here</span>
        {files.length > 0 && (
          <Button kind="quiet" className={styles.clear} onClick={() => onFiles([])}>
            Clear
          </Button>
        )}
        {input(some, 'Pick files', false)}
        {input(folder, 'Pick a folder', true)}
      </div>
      {files.length > 0 && <Found files={files} />}
    </fieldset>
  );
}

/** What is there of what a model consists of, so that a forgotten file is seen before anything is tried. */
function Found({ files }: { files: readonly File[] }) {
  const has = (test: RegExp) => files.filter(({ name }) => test.test(name));
  const weights = has(/\.safetensors$/);
  const size = weights.reduce((sum, file) => sum + file.size, 0);
  return (
    <ul className={styles.found}>
      <Part there={has(/^config( ?\(\d+\))?\.json$/).length > 0} name="config.json" />
      <Part
        there={weights.length > 0}
        name={`${weights.length === 1 ? weights[0]?.name : `${weights.length} .safetensors files`}, ${bytes(size)}`}
        missing="a .safetensors file is missing"
      />
      <Part
        there={has(/^tokenizer( ?\(\d+\))?\.json$/).length > 0}
        optional
        name="tokenizer.json"
        missing="no tokenizer.json: prompts will be token ids"
      />
    </ul>
  );
}

interface PartProps {
  there: boolean;
  name: string;
  missing?: string;
  optional?: boolean;
}

function Part({ there, name, missing = `${name} is missing`, optional = false }: PartProps) {
  return (
    <li className={there ? styles.there : optional ? styles.optional : styles.missing}>
      <span aria-hidden="true">{there ? '✓' : optional ? '–' : '✗'}</span> {there ? name : missing}
    </li>
  );
}
