/** CPU time of a process and all that it started, from /proc: on a software adapter, what other work on the machine disturbs least. */

import { readdirSync, readFileSync } from 'node:fs';

/** /proc counts in hundredths of a second on every Linux that Chromium runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

export interface ProcessTime {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of all its threads, those that ended included. */
  readonly seconds: number;
}

/** One /proc/<pid>/stat (proc(5)). The name, in brackets, may itself hold spaces and brackets. */
export function parseStat(text: string): ProcessTime {
  const nameEnd = text.lastIndexOf(')');
  const pid = Number(text.slice(0, text.indexOf(' ')));
  const fields = text.slice(nameEnd + 2).split(' '); // from field 3, the state
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  const time: ProcessTime = {
    pid,
    parent: parent ?? Number.NaN,
    seconds: ((user ?? Number.NaN) + (system ?? Number.NaN)) / TICKS_PER_SECOND,
  };
  if (nameEnd < 0 || Object.values(time).some(Number.isNaN))
    throw new Error(`This is no line of /proc/<pid>/stat: ${text.slice(0, 80)}`);
  return time;
}

/** Seconds of everything that `root` started, directly or not, without `root` itself. */
export function secondsBelow(root: number, processes: readonly ProcessTime[]): number {
  let total = 0;
  const waiting = [root];
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    for (const child of processes) {
      if (child.parent !== parent) continue;
      total += child.seconds;
      waiting.push(child.pid);
    }
  }
  return total;
}

/** Seconds so far of all that this process started; null where there is no /proc. */
export function childSeconds(): number | null {
  if (process.platform !== 'linux') return null;
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat);
  return secondsBelow(process.pid, processes);
}

/** Empty where the process has ended since the folder was read. */
function readStat(pid: string): ProcessTime[] {
  try {
    return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}
