/**
 * Dawn's addon for Node, fetched on demand: the npm package holds five platforms' (132 MB), so that it is no dependency,
 * and only this platform's is kept, in a folder that git ignores.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Pinned: the file must be the very one that was tried. */
export const DAWN = {
  version: '0.6.2',
  integrity:
    'sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
} as const;

/** Where everything that the suite in Node makes lies; git ignores it. */
export const BENCH_DIR = resolve('.bench');

/** Absolute path of dawn.node, fetched if it is not there. Throws, with what to do, where it cannot be had. */
export function fetchDawn(): string {
  // One folder per platform in the package, each with the libraries that its addon needs beside it.
  const platform = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
  const home = join(BENCH_DIR, `dawn-${DAWN.version}`, platform);
  const addon = join(home, 'dawn.node');
  if (existsSync(addon)) return addon;

  mkdirSync(join(home, '..'), { recursive: true });
  const work = mkdtempSync(join(BENCH_DIR, 'fetch-'));
  try {
    const archive = download(work);
    verify(archive);
    unpack(archive, work, platform);
    renameSync(join(work, 'package', 'dist', platform), home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return addon;
}

function download(folder: string): string {
  console.log(`fetching Dawn for Node (npm webgpu ${DAWN.version}, 51 MB) …`);
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(npm, ['pack', `webgpu@${DAWN.version}`, '--pack-destination', folder, '--silent'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32', // where npm is a script
    });
  } catch (cause) {
    throw new Error(
      `npm could not fetch webgpu@${DAWN.version}: is its registry (npm config get registry) reachable from here? ` +
        `Without it, put the package's dist/ folder of this platform into ${join(BENCH_DIR, `dawn-${DAWN.version}`)}.\n${String(cause)}`,
      { cause },
    );
  }
  return join(folder, `webgpu-${DAWN.version}.tgz`);
}

function verify(archive: string): void {
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (digest === DAWN.integrity) return;
  throw new Error(
    `webgpu@${DAWN.version} from this registry is ${digest}, not ${DAWN.integrity}: it is not used. Try the registry of npmjs.org.`,
  );
}

function unpack(archive: string, folder: string, platform: string): void {
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder, `package/dist/${platform}`], { stdio: 'pipe' });
  } catch (cause) {
    throw new Error(
      `webgpu@${DAWN.version} has no addon for ${platform}: the suite in Node runs on Linux (x64, arm64), macOS and Windows.`,
      { cause },
    );
  }
}
