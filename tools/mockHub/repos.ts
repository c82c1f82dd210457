/** The repositories of the mock Hub: files by revision, with what its API tells about them. */

import { createHash } from 'node:crypto';
import { type Addresses, addressesOf, bytesFile, type MockFile } from './files.ts';

export interface MockRepoOptions {
  readonly files: ReadonlyMap<string, MockFile | Uint8Array>;
  readonly license?: string;
  /** Default `main`. */
  readonly revision?: string;
  /** Which files lie in LFS, and so behind a redirect and with a sha256. Default: .safetensors. */
  readonly lfs?: (path: string) => boolean;
}

/** One repository at one commit. Addresses are computed when first asked for, then kept. */
export class MockRepo {
  readonly commit: string;
  readonly revision: string;
  readonly files: ReadonlyMap<string, MockFile>;
  private readonly addresses = new Map<string, Addresses>();

  constructor(
    readonly name: string,
    private readonly options: MockRepoOptions,
  ) {
    this.revision = options.revision ?? 'main';
    this.files = new Map(
      [...options.files].map(([path, file]) => [path, file instanceof Uint8Array ? bytesFile(file) : file]),
    );
    const described = [...this.files].map(([path, file]) => `${path} ${file.size}`).join('\n');
    this.commit = createHash('sha1').update(`${name}\n${this.revision}\n${described}`).digest('hex');
  }

  isLfs(path: string): boolean {
    return (this.options.lfs ?? ((each) => each.endsWith('.safetensors')))(path);
  }

  /** As `GET /api/models/{repo}/revision/{revision}` answers, in short. */
  describe(): Record<string, unknown> {
    const { license } = this.options;
    return {
      id: this.name,
      modelId: this.name,
      sha: this.commit,
      private: false,
      gated: false,
      tags: ['safetensors', 'gpt2', ...(license ? [`license:${license}`] : [])],
      ...(license ? { cardData: { license } } : {}),
    };
  }

  /** As `GET /api/models/{repo}/tree/{commit}` answers. */
  tree(): Record<string, unknown>[] {
    return [...this.files].map(([path, { size }]) => {
      const { oid, sha256 } = this.addressesOf(path);
      const lfs = sha256 ? { lfs: { oid: sha256, size, pointerSize: 134 } } : {};
      return { type: 'file', oid, size, path, ...lfs };
    });
  }

  private addressesOf(path: string): Addresses {
    const file = this.files.get(path);
    if (!file) throw new Error(`${this.name} has no ${path}`);
    const known = this.addresses.get(path) ?? addressesOf(file, this.isLfs(path));
    this.addresses.set(path, known);
    return known;
  }
}
