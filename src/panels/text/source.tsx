/** Which text is read: the sample, one that is pasted, or a file that is picked or dropped. */

import { type DragEvent, useRef, useState } from 'react';
import type { TextSource } from '../../state/closer/text.ts';
import { patchText, SAMPLE, takeFile } from '../../state/closer/textReading.ts';
import { speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './body.module.css';

const SOURCES: readonly { value: TextSource; label: string }[] = [
  { value: 'sample', label: 'the sample' },
  { value: 'typed', label: 'my own' },
  { value: 'file', label: 'a file' },
];

export function Source() {
  const state = useWorkbench();
  const { source } = state.closer.text;
  const ids = speaksIds(state);
  return (
    <div className={styles.source}>
      <span className={styles.choice}>
        Text:
        <Segmented
          label="Text"
          value={source}
          options={SOURCES.map((each) => ({ ...each, disabled: ids && each.value !== 'typed' }))}
          onChange={(source) => patchText({ source, error: null })}
        />
      </span>
      {ids && source !== 'typed' && (
        <p className={styles.hint}>These models have no tokenizer: choose “my own” and give token ids.</p>
      )}
      {source === 'sample' && (
        <p className={styles.hint}>
          Seven short stories and a paragraph on kites, written for this page: 1,300 words.{' '}
          <a href={SAMPLE} target="_blank" rel="noreferrer">
            Read it
          </a>
        </p>
      )}
      {source === 'typed' && <Typed ids={ids} />}
      {source === 'file' && <PickedFile />}
    </div>
  );
}

function Typed({ ids }: { ids: boolean }) {
  const typed = useWorkbench((state) => state.closer.text.typed);
  return (
    <textarea
      className={styles.typed}
      aria-label={ids ? 'Token ids to read' : 'Text to read'}
      placeholder={
        ids
          ? 'Token ids, separated by commas'
          : 'Paste a text. <|endoftext|> on a line of its own ends a document.'
      }
      rows={5}
      value={typed}
      onChange={(event) => patchText({ typed: event.target.value })}
    />
  );
}

function PickedFile() {
  const file = useWorkbench((state) => state.closer.text.file);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null) => {
    const [first] = files ?? [];
    if (first) void takeFile(first);
  };
  const onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere on the page a drop is refused (useStrayDrops)
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  return (
    <fieldset
      aria-label="File to read"
      className={over ? `${styles.drop} ${styles.over}` : styles.drop}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <Button kind="quiet" onClick={() => input.current?.click()}>
        Pick a file…
      </Button>{' '}
      <span className={styles.hint}>
        {file
          ? `${file.name}: ${file.documents.length} ${file.documents.length === 1 ? 'document' : 'documents'}`
          : 'or drop it here: .txt, or a .json or .jsonl list of texts'}
      </span>
      <input
        ref={input}
        type="file"
        accept=".txt,.md,.json,.jsonl,.ndjson,text/plain"
        hidden
        aria-label="Pick a file (File to read)"
        onChange={(event) => {
          take(event.target.files);
          event.target.value = ''; // the same file again is a change again
        }}
      />
    </fieldset>
  );
}
