/** Who may use a blob right now: one writer or many readers, across tabs where the browser has Web Locks. */

import { InputError } from '../../base/errors.ts';
import type { BlobInfo, BlobStore, LockOptions } from './blobStore.ts';

type Mode = 'exclusive' | 'shared';

export interface Locks {
  /** Runs `body` holding the lock; `onWait` is called once where it is not free. An aborted wait rejects with the reason. */
  run<T>(name: string, mode: Mode, body: () => Promise<T>, options?: LockOptions): Promise<T>;
  /** Runs `body` holding the lock exclusively, or returns false at once where somebody has it. */
  tryRun(name: string, body: () => Promise<void>): Promise<boolean>;
}

/** Locks between all tabs of the origin where there are any, else within this realm. */
export function browserLocks(): Locks {
  return globalThis.navigator?.locks ? webLocks(navigator.locks) : localLocks();
}

function webLocks(manager: LockManager): Locks {
  const lockName = (name: string) => `normless ${name}`;
  return {
    async run<T>(name: string, mode: Mode, body: () => Promise<T>, { signal, onWait }: LockOptions = {}) {
      signal?.throwIfAborted();
      if (!onWait) return manager.request(lockName(name), { mode, signal }, body);
      // A lock is granted or queued without telling which; asking for a free one first tells.
      const free = await manager.request(lockName(name), { mode, ifAvailable: true }, async (lock) =>
        lock ? { result: await body() } : null,
      );
      if (free) return free.result;
      onWait();
      return manager.request(lockName(name), { mode, signal }, body);
    },
    tryRun: (name, body) =>
      manager.request(lockName(name), { ifAvailable: true }, async (lock) => {
        if (lock) await body();
        return lock !== null;
      }),
  };
}

/** A queue per name: readers that stand next to each other run together. */
export function localLocks(): Locks {
  const lines = new Map<
    string,
    { running: number; mode: Mode; waiting: { mode: Mode; start: () => void }[] }
  >();

  /** Takes the lock if it is free for this mode and nobody waits. */
  function take(name: string, mode: Mode): boolean {
    const line = lines.get(name);
    if (!line) {
      lines.set(name, { running: 1, mode, waiting: [] });
      return true;
    }
    if (mode === 'exclusive' || line.mode === 'exclusive' || line.waiting.length) return false;
    line.running++;
    return true;
  }

  function release(name: string): void {
    const line = lines.get(name);
    if (!line || --line.running > 0) return;
    const [first] = line.waiting;
    if (!first) {
      lines.delete(name);
      return;
    }
    line.mode = first.mode;
    do {
      line.running++;
      line.waiting.shift()?.start();
    } while (line.mode === 'shared' && line.waiting[0]?.mode === 'shared');
  }

  async function runHeld<T>(name: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } finally {
      release(name);
    }
  }

  return {
    async run(name, mode, body, { signal, onWait } = {}) {
      signal?.throwIfAborted();
      if (take(name, mode)) return runHeld(name, body);
      onWait?.();
      await new Promise<void>((resolve, reject) => {
        const line = lines.get(name);
        const place = { mode, start };
        function start() {
          signal?.removeEventListener('abort', leave);
          resolve();
        }
        function leave() {
          if (line) line.waiting = line.waiting.filter((each) => each !== place);
          reject(signal?.reason);
        }
        line?.waiting.push(place);
        signal?.addEventListener('abort', leave, { once: true });
        if (signal?.aborted) leave(); // by onWait
      });
      return runHeld(name, body);
    },
    async tryRun(name, body) {
      if (!take(name, 'exclusive')) return false;
      await runHeld(name, body);
      return true;
    },
  };
}

/** The part of a store that is about who may use a blob. `info` and `erase` are the store's own. */
export function guarded(
  locks: Locks,
  info: (key: string) => Promise<BlobInfo | null>,
  erase: (key: string) => Promise<void>,
): Pick<BlobStore, 'exclusively' | 'sharing' | 'remove'> {
  return {
    exclusively: (key, body, options) => locks.run(key, 'exclusive', body, options),
    sharing: (key, body, options) => locks.run(key, 'shared', body, options),
    async remove(key) {
      if (await locks.tryRun(key, () => erase(key))) return;
      const usedBy = (await info(key))?.usedBy ?? [];
      throw new InputError(
        `${usedBy[0] ?? key} is being loaded, perhaps in another tab, so it was not removed. Wait until that has finished, or cancel it.`,
        { key, usedBy },
      );
    },
  };
}
