/** Finds a Chromium or Chrome on any machine, and the flags that give it WebGPU. Installing one is ensureBrowser.ts. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Where a browser usually lives, best first: what PATH finds, then the installers' own folders. */
export function candidates(platform: NodeJS.Platform, env: Env): string[] {
  const folders = (env.PATH ?? '').split(platform === 'win32' ? ';' : delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) =>
    folders.map((folder) => join(folder, platform === 'win32' ? `${name}.exe` : name)),
  );
  if (platform === 'win32') {
    const roots = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter(
      (root) => root !== undefined,
    );
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'];
    return [...onPath, ...roots.flatMap((root) => programs.map((program) => `${root}\\${program}`))];
  }
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
    return [...onPath, ...apps, ...apps.map((app) => `${env.HOME ?? ''}${app}`)];
  }
  return [
    ...onPath,
    ...NAMES.map((name) => `/usr/bin/${name}`),
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
  ];
}

/** Ubuntu's chromium-browser may be a stub that only says which snap to install; elsewhere being there is enough. */
function runs(path: string): boolean {
  if (!existsSync(path)) return false;
  if (process.platform !== 'linux') return true;
  return spawnSync(path, ['--version'], { timeout: 30_000, stdio: 'ignore' }).status === 0;
}

/**
 * The browser to drive: `CHROMIUM_PATH`, else the first of `candidates` that runs, else null (Playwright's own).
 * Throws where `CHROMIUM_PATH` names nothing that runs, rather than quietly testing another browser.
 */
export function findChromium(env: Env = process.env, works: (path: string) => boolean = runs): string | null {
  const chosen = env.CHROMIUM_PATH;
  if (chosen) {
    if (works(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is "${chosen}", which is no browser that runs. Correct it or unset it.`);
  }
  return candidates(process.platform, env).find(works) ?? null;
}

/**
 * Launch options for Playwright and Vitest. The software adapter is the tested baseline;
 * `WEBGPU_ADAPTER=hardware` uses the machine's own GPU.
 */
export function browserLaunch(env: Env = process.env) {
  // What a test has changed on its way to the page counts as from the Internet, and may not ask a server on this machine.
  const localServers = '--disable-features=LocalNetworkAccessChecks';
  const args = ['--enable-unsafe-webgpu', '--disable-background-networking', localServers];
  if (env.WEBGPU_ADAPTER !== 'hardware') args.push('--use-webgpu-adapter=swiftshader');
  if (process.getuid?.() === 0) args.push('--no-sandbox'); // Chromium refuses to be sandboxed as root
  const executablePath = findChromium(env);
  // Playwright's full browser: its headless shell has no WebGPU.
  return executablePath ? { executablePath, args } : { channel: 'chromium', args };
}
