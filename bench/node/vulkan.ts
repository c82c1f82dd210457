/** Which Vulkan driver Dawn uses on Linux: the tested baseline is SwiftShader, which every Chromium brings along. */

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { findChromium } from '../../tools/chromium.ts';

type Env = Readonly<Record<string, string | undefined>>;

const ICD = 'vk_swiftshader_icd.json';

/**
 * The environment for a process with Dawn in it. `WEBGPU_ADAPTER=hardware` and a driver chosen by VK_DRIVER_FILES or
 * VK_ICD_FILENAMES leave it as it is; so do systems whose Dawn needs no Vulkan.
 * Throws, with what to do, where no SwiftShader is found.
 */
export function dawnEnv(env: Env = process.env): Env {
  if (process.platform !== 'linux' || env.WEBGPU_ADAPTER === 'hardware') return env;
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES) return env;
  const folder = swiftShaderFolder(env);
  if (!folder)
    throw new Error(
      'No Chromium with SwiftShader was found, which Dawn would compute with in software. Run `npm run browser`, or ' +
        'say WEBGPU_ADAPTER=hardware to use the graphics card.',
    );
  // The browser's own Vulkan loader serves where the system has none.
  const libraries = [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
  return { ...env, VK_DRIVER_FILES: join(folder, ICD), LD_LIBRARY_PATH: libraries };
}

/** The folder with SwiftShader and its ICD file: beside the browser that is used, or where Debian puts it. */
export function swiftShaderFolder(env: Env = process.env): string | null {
  const browsers = [findChromium(env), chromium.executablePath()].filter((path) => path && existsSync(path));
  const folders = [...browsers.map((path) => dirname(realpathSync(path as string))), '/usr/lib/chromium'];
  return folders.find((folder) => existsSync(join(folder, ICD))) ?? null;
}
