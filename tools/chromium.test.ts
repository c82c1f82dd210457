/** Which browser is found, and what is done where there is none, on machines played by the test. */

import { describe, expect, it } from 'vitest';
import { browserLaunch, candidates, findChromium } from './chromium.ts';
import { ensureBrowser, type Machine } from './ensureBrowser.ts';

describe('findChromium', () => {
  it('takes CHROMIUM_PATH before anything else', () => {
    expect(findChromium({ CHROMIUM_PATH: '/my/browser', PATH: '/usr/bin' }, () => true)).toBe('/my/browser');
  });

  it('does not test another browser in silence where CHROMIUM_PATH is wrong', () => {
    expect(() => findChromium({ CHROMIUM_PATH: '/gone' }, (path) => path !== '/gone')).toThrow(
      /CHROMIUM_PATH is "\/gone"/,
    );
  });

  it('passes over what does not run, such as the stub of a snap', () => {
    const found = findChromium(
      { PATH: '/a:/b' },
      (path) => path.startsWith('/b/') && path.endsWith('google-chrome'),
    );
    expect(found).toBe('/b/google-chrome');
  });

  it('is null where there is none', () => {
    expect(findChromium({ PATH: '/a' }, () => false)).toBeNull();
  });

  it.each([
    ['linux', { PATH: '/x/bin' }, ['/x/bin/chromium', '/usr/bin/google-chrome', '/opt/google/chrome/chrome']],
    [
      'darwin',
      { HOME: '/Users/me' },
      [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Users/me/Applications/Chromium.app/Contents/MacOS/Chromium',
      ],
    ],
    ['win32', { ProgramFiles: 'C:\\Programs' }, ['C:\\Programs\\Google\\Chrome\\Application\\chrome.exe']],
  ] as const)('looks in the usual places of %s', (platform, env, expected) => {
    expect(candidates(platform, env)).toEqual(expect.arrayContaining([...expected]));
  });
});

describe('browserLaunch', () => {
  const args = (env: Record<string, string>) =>
    browserLaunch({ ...env, CHROMIUM_PATH: process.execPath }).args;

  it('asks for the software adapter, unless the machine’s own is wanted', () => {
    expect(args({})).toContain('--use-webgpu-adapter=swiftshader');
    expect(args({ WEBGPU_ADAPTER: 'hardware' })).not.toContain('--use-webgpu-adapter=swiftshader');
  });
});

describe('ensureBrowser', () => {
  /** A machine without a browser, where each command that succeeds brings one. */
  function machine(succeeds: (command: string) => boolean, about: Partial<Machine> = {}) {
    const ran: string[] = [];
    let system: string | null = null;
    let own: string | null = null;
    const played: Machine = {
      find: () => system,
      findPlaywrights: () => own,
      run(command, args) {
        const line = [command, ...args].join(' ');
        ran.push(line);
        if (!succeeds(line)) return false;
        if (line.includes('apt-get install')) system = '/usr/bin/chromium';
        if (line.includes('playwright install')) own = '/cache/chromium';
        return true;
      },
      isRoot: true,
      isLinux: true,
      isDebian: true,
      ...about,
    };
    return { played, ran };
  }

  it('installs nothing where a browser is', () => {
    const { played, ran } = machine(() => true, { find: () => '/usr/bin/google-chrome' });
    expect(ensureBrowser(played)).toContain('/usr/bin/google-chrome');
    expect(ran).toEqual([]);
  });

  it('uses apt as root on Debian', () => {
    const { played, ran } = machine(() => true);
    expect(ensureBrowser(played)).toContain('just installed with apt-get');
    expect(ran).toEqual(['apt-get update', 'apt-get install -y chromium']);
  });

  it('downloads Playwright’s where apt fails, with its libraries as root', () => {
    const { played, ran } = machine((line) => !line.startsWith('apt-get'));
    expect(ensureBrowser(played)).toContain('just downloaded by Playwright');
    expect(ran.at(-1)).toBe('npx playwright install --with-deps --no-shell chromium');
  });

  it('downloads Playwright’s for an ordinary user', () => {
    const { played, ran } = machine(() => true, { isRoot: false });
    ensureBrowser(played);
    expect(ran).toEqual(['npx playwright install --no-shell chromium']);
  });

  it('says what to do where nothing works', () => {
    expect(() => ensureBrowser(machine(() => false).played)).toThrow(/Install one .*CHROMIUM_PATH/);
  });
});
