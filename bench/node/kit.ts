/**
 * Packs all that the suite needs on a Linux machine with a graphics card and nothing else into one file: npm run bench:kit
 *
 * Node itself, the bundle, Dawn's addon, ONNX Runtime, torchPeer.py, a Vulkan loader and SwiftShader to try it with.
 */

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { told } from '../../tools/told.ts';
import { buildForNode, NODE_DIR } from './build.ts';
import { BENCH_DIR } from './fetchDawn.ts';
import { swiftShaderFolder } from './vulkan.ts';

const NAME = 'normless-bench';
/** What a driver's own library asks for beside the loader, on a machine without a display. */
const PACKAGES = [
  ...['libvulkan1', 'libegl1', 'libglvnd0', 'libgl1', 'libglx0', 'libgles2'],
  ...['libx11-6', 'libxext6', 'libxcb1', 'libxau6', 'libxdmcp6', 'libbsd0', 'libmd0'],
];

/** Prints where the kit is and how large; throws where a part of it cannot be had. */
export async function main(args: string[]): Promise<void> {
  if (!told(import.meta.filename, args, {})) return;
  if (process.platform !== 'linux') throw new Error('The kit is for Linux: pack it on a Linux machine.');
  const swiftShader = swiftShaderFolder();
  if (!swiftShader)
    throw new Error('The kit takes SwiftShader from a Chromium: run `npm run browser` first.');
  await buildForNode();

  const kit = join(BENCH_DIR, NAME);
  rmSync(kit, { recursive: true, force: true });
  mkdirSync(join(kit, 'lib', 'swiftshader'), { recursive: true });
  for (const name of readdirSync(NODE_DIR)) copyFileSync(join(NODE_DIR, name), join(kit, name));
  copyFileSync(process.execPath, join(kit, 'node'));
  for (const name of ['run.sh', 'torchPeer.py', 'README.md'])
    copyFileSync(join('bench/node', name), join(kit, name));
  for (const name of ['libvk_swiftshader.so', 'vk_swiftshader_icd.json'])
    copyFileSync(join(swiftShader, name), join(kit, 'lib', 'swiftshader', name));
  copyLibraries(join(kit, 'lib'), swiftShader);
  writeFileSync(join(kit, 'COMMIT'), `${commit()}\n`);

  const archive = pack(kit);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`${archive}: ${megabytes(statSync(archive).size)}`);
  for (const name of readdirSync(kit)) {
    const { size } = statSync(join(kit, name));
    if (size > 1e6) console.log(`  ${name}: ${megabytes(size)} unpacked`);
  }
}

/** Debian's, where apt is there; else the browser's own loader, which is enough for drivers that need nothing more. */
function copyLibraries(to: string, browser: string): void {
  const work = mkdtempSync(join(BENCH_DIR, 'apt-'));
  try {
    execFileSync('apt-get', ['download', ...PACKAGES], { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
    for (const deb of readdirSync(work).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg-deb', ['-x', join(work, deb), join(work, 'root')]);
    const folder = join(work, 'root', 'usr', 'lib', libraryFolder());
    for (const name of readdirSync(folder).filter((each) => /\.so\.\d+$/.test(each)))
      copyFileSync(join(folder, name), join(to, name)); // links are followed: a file under each library's own name
  } catch (cause) {
    const loader = join(browser, 'libvulkan.so.1');
    if (!existsSync(loader)) throw cause;
    copyFileSync(loader, join(to, 'libvulkan.so.1'));
    console.log(
      `Debian's packages could not be had (${String(cause).split('\n')[0]}): the kit has the browser's Vulkan loader and no ` +
        'libEGL and libX11, which the machine must have itself.',
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** `x86_64-linux-gnu`, as Debian calls it. */
function libraryFolder(): string {
  return `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
}

/** What the kit measures; `+` where the tree has changes that are not committed. */
function commit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty=+'], { encoding: 'utf8' }).trim();
}

function pack(kit: string): string {
  const archive = `${kit}.tar.xz`;
  execFileSync('tar', ['-C', BENCH_DIR, '-cJf', archive, NAME], {
    env: { ...process.env, XZ_OPT: '-9 -T0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return archive;
}
