/** The most that JavaScript holds while something goes on, heap and array buffers of the page and its workers. */

import type { CDPSession } from '@playwright/test';

export interface HeapWatch {
  /** The next sample is what peaks are told above. */
  reset(): void;
  /** Bytes. */
  peakAboveBaseline(): number;
}

/** Samples ten times a second, until the page is closed. */
export async function watchHeap(session: CDPSession): Promise<HeapWatch> {
  const workers = new Set<string>();
  let calls = 0;
  const waiting = new Map<number, (bytes: number) => void>();
  session.on('Target.attachedToTarget', ({ sessionId }) => workers.add(sessionId));
  session.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message);
    waiting.get(id)?.(result ? result.usedSize + (result.backingStorageSize ?? 0) : 0);
    waiting.delete(id);
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const ofWorker = (sessionId: string) =>
    new Promise<number>((resolve) => {
      const id = ++calls;
      waiting.set(id, resolve);
      const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
      session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => resolve(0));
    });
  let [baseline, peak] = [0, 0];
  const sample = async () => {
    const page = (await session.send('Runtime.getHeapUsage')) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    const inWorkers = await Promise.all([...workers].map(ofWorker));
    const total =
      page.usedSize + (page.backingStorageSize ?? 0) + inWorkers.reduce((sum, bytes) => sum + bytes, 0);
    baseline ||= total;
    peak = Math.max(peak, total);
    if (!closed) setTimeout(() => void sample().catch(() => undefined), 100);
  };
  let closed = false;
  session.on('close' as never, () => {
    closed = true;
  });
  await sample();
  return {
    reset: () => {
      [baseline, peak] = [0, 0];
    },
    peakAboveBaseline: () => peak - baseline,
  };
}
