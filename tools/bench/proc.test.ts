/** CPU time from /proc: lines as the kernel writes them, and a child that is known to have worked. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { childSeconds, parseStat, secondsBelow } from './proc.ts';

const stat = (pid: number, name: string, parent: number, user: number, system: number) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 9 0 0 0 ${user} ${system} 77 88 20 0 5 0 100 1000 10 18446744073709551615\n`;

test('a line tells the process, its parent, and user and system time without those of its children', () => {
  expect(parseStat(stat(42, 'chrome', 7, 150, 30))).toEqual({ pid: 42, parent: 7, seconds: 1.8 });
});

test('a name may hold spaces and brackets', () => {
  expect(parseStat(stat(42, 'a) S 1 (b', 7, 100, 0))).toEqual({ pid: 42, parent: 7, seconds: 1 });
});

test('anything else is refused', () => {
  expect(() => parseStat('')).toThrow('no line of');
  expect(() => parseStat('42 (chrome) S 7')).toThrow('no line of');
});

test('the tree is counted to any depth, without its root and its neighbours', () => {
  const processes = [
    { pid: 1, parent: 0, seconds: 1000 },
    { pid: 10, parent: 1, seconds: 500 },
    { pid: 11, parent: 10, seconds: 1 },
    { pid: 12, parent: 11, seconds: 2 },
    { pid: 13, parent: 12, seconds: 4 },
    { pid: 20, parent: 1, seconds: 300 },
  ];
  expect(secondsBelow(10, processes)).toBe(7);
  expect(secondsBelow(13, processes)).toBe(0);
});

test.runIf(process.platform === 'linux')('the work of a child is seen', async () => {
  const before = childSeconds() ?? Number.NaN;
  const work =
    'const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end); console.log("done"); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', work], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const seconds = (childSeconds() ?? Number.NaN) - before;
  child.kill();
  expect(seconds).toBeGreaterThanOrEqual(0.15);
});
