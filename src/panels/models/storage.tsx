/** What this browser keeps of models: where, how much, and every file of it, to be deleted or kept for good. */

import type { StorageInfo } from '../../engine/api.ts';
import {
  deleteKept,
  groupKept,
  type KeptGroup,
  keepModels,
  refreshKept,
} from '../../state/models/keeping.ts';
import { useWorkbench } from '../../state/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { ConfirmButton } from '../../ui/ConfirmButton.tsx';
import { bytes, list } from '../../ui/format.ts';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import styles from './storage.module.css';

const KINDS: Record<StorageInfo['kind'], string> = {
  opfs: 'Private file system of this browser',
  cache: 'Cache of this browser',
  memory: 'Memory, until this page is closed',
};

export function Storage() {
  const { info, working, error } = useWorkbench((state) => state.models.kept);
  return (
    <section className={styles.storage} aria-label="Storage" aria-busy={working}>
      {error && (
        <div role="alert" className={styles.error}>
          <p>{error.message}</p>
          <Button kind="quiet" onClick={() => void refreshKept()}>
            Look again
          </Button>
        </div>
      )}
      {!info && !error && <p className={styles.muted}>Looking…</p>}
      {info && (
        <>
          <Where info={info} />
          {info.files.length === 0 && (
            <p className={styles.muted}>
              Nothing is kept yet. Models downloaded from the Hub are kept here, so that they load without the
              network from then on.
            </p>
          )}
          {groupKept(info.files).map((group) => (
            <Group key={group.repo} group={group} disabled={working} />
          ))}
        </>
      )}
    </section>
  );
}

function Where({ info }: { info: StorageInfo }) {
  const { usage, quota } = info;
  return (
    <div className={styles.where}>
      <div>
        <h3>{KINDS[info.kind]}</h3>
        <p className={styles.muted}>{info.message}</p>
        <Keeping persisted={info.persisted} kind={info.kind} />
      </div>
      {usage !== null && quota !== null && (
        <ProgressBar
          label="Storage of this site"
          left={`This site uses ${bytes(usage)} of ${bytes(quota)}`}
          share={quota > 0 ? usage / quota : null}
        />
      )}
    </div>
  );
}

/** Whether the browser may clear what is kept. */
function Keeping({ persisted, kind }: { persisted: boolean | null; kind: StorageInfo['kind'] }) {
  if (kind === 'memory') return null;
  if (persisted) {
    return (
      <p>
        <Badge tone="good">✓ kept</Badge> The browser promised not to clear them on its own.
      </p>
    );
  }
  return (
    <p className={styles.promise}>
      <Button kind="quiet" onClick={() => void keepModels()}>
        Keep them
      </Button>
      <span className={styles.muted}>
        {persisted === null
          ? 'This browser does not say whether it may clear them when space runs short.'
          : 'The browser may clear them when space runs short; this asks it not to. It may decline.'}
      </span>
    </p>
  );
}

function Group({ group, disabled }: { group: KeptGroup; disabled: boolean }) {
  const name = group.repo || 'Not used by any known model';
  return (
    <section className={styles.group} aria-label={name}>
      <header className={styles.header}>
        <h4>{name}</h4>
        <span className={styles.muted}>{bytes(group.stored)}</span>
        <span className={styles.end}>
          <ConfirmButton
            label={`Delete all of ${name}`}
            question={`Delete all ${bytes(group.stored)}?`}
            confirm="Delete"
            disabled={disabled}
            onConfirm={() => void deleteKept(group.files.map(({ file }) => file.id))}
          >
            Delete all
          </ConfirmButton>
        </span>
      </header>
      <ul>
        {group.files.map(({ file, name: fileName, alsoUsedBy }) => (
          <li key={file.id} className={styles.file}>
            <span className={styles.name}>
              {fileName}
              {alsoUsedBy.length > 0 && (
                <span className={styles.muted}> also used by {list(alsoUsedBy.slice(0, 3))}</span>
              )}
            </span>
            <span className={styles.size}>
              {file.stored < file.size ? `${bytes(file.stored)} of ${bytes(file.size)}` : bytes(file.size)}
            </span>
            <span className={styles.state}>
              <State stored={file.stored} size={file.size} verified={file.verified} />
            </span>
            <span className={styles.end}>
              <ConfirmButton
                label={`Delete ${fileName} of ${name}`}
                question={`Delete ${bytes(file.stored)}?`}
                confirm="Delete"
                disabled={disabled}
                onConfirm={() => void deleteKept([file.id])}
              >
                Delete
              </ConfirmButton>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function State({ stored, size, verified }: { stored: number; size: number; verified: boolean }) {
  if (verified)
    return (
      <Badge tone="good" title="Complete, and compared with its published checksum">
        ✓ verified
      </Badge>
    );
  return stored < size ? (
    <Badge tone="note" title="The next load goes on from here">
      partial
    </Badge>
  ) : (
    <Badge tone="quiet" title="Complete; compared with its checksum when it is next loaded">
      complete
    </Badge>
  );
}
