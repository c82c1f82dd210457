/** Sees to it that the browser tests have a browser, installing one where there is none, and says what it did. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { findChromium } from './chromium.ts';

/** What the decision depends on, so that tests can play any machine. */
export interface Machine {
  /** The system's browser, or null. */
  find(): string | null;
  /** Playwright's own browser, or null where it was never downloaded. */
  findPlaywrights(): string | null;
  /** Runs a command with its output shown; true where it succeeded. */
  run(command: string, args: string[]): boolean;
  isRoot: boolean;
  isLinux: boolean;
  /** Debian proper: Ubuntu's apt package of Chromium is only a pointer to a snap. */
  isDebian: boolean;
}

/** One sentence saying which browser will be used and how it came here; throws with the remedies where there is none. */
export function ensureBrowser(machine: Machine): string {
  const present = machine.find();
  if (present) return `Browser for the tests: ${present}`;
  const own = machine.findPlaywrights();
  if (own) return `Browser for the tests: Playwright's own, ${own}`;

  if (machine.isDebian && machine.isRoot) {
    // Preferred as root on Debian: it brings every library with it and needs no other host than the mirror.
    const installed =
      machine.run('apt-get', ['update']) && machine.run('apt-get', ['install', '-y', 'chromium']);
    const path = installed ? machine.find() : null;
    if (path) return `Browser for the tests: ${path}, just installed with apt-get because none was found`;
  }
  const withDeps = machine.isLinux && machine.isRoot ? ['--with-deps'] : [];
  machine.run('npx', ['playwright', 'install', ...withDeps, '--no-shell', 'chromium']);
  const downloaded = machine.findPlaywrights();
  if (downloaded)
    return `Browser for the tests: ${downloaded}, just downloaded by Playwright because none was found`;
  throw new Error(
    'No Chromium or Chrome was found and none could be installed. Install one (Debian: `apt-get install chromium`; ' +
      'elsewhere https://www.google.com/chrome), or set CHROMIUM_PATH to the browser to use.',
  );
}

function thisMachine(): Machine {
  const release = '/etc/os-release';
  return {
    find: () => findChromium(),
    findPlaywrights: () => (existsSync(chromium.executablePath()) ? chromium.executablePath() : null),
    run: (command, args) =>
      spawnSync(command, args, {
        stdio: 'inherit',
        shell: process.platform === 'win32',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, // apt must not ask for a time zone
      }).status === 0,
    isRoot: process.getuid?.() === 0,
    isLinux: process.platform === 'linux',
    isDebian: existsSync(release) && /^ID=debian$/m.test(readFileSync(release, 'utf8')),
  };
}

/** `node tools/run.mjs tools/ensureBrowser.ts` */
export function main(): number {
  try {
    console.log(ensureBrowser(thisMachine()));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
