/** Where an arm's checkpoint comes from: beside the page, picked files, or a repository of the Hub; all alike to a load. */

import type { CheckpointFiles } from '../weights/byteSource.ts';
import type { Hub, HubRepo, Transfer } from '../weights/hub/hub.ts';
import { localFiles } from '../weights/localFiles.ts';
import type { ArmId, ArmInfo, RepoRef } from './api.ts';
import type { RegisteredArm } from './registry.ts';

export interface OpenOptions {
  signal?: AbortSignal;
  /** What is going on with single files; sources that move nothing say nothing. */
  onTransfer?: (transfer: Transfer) => void;
  /** A sentence for people, e.g. that the storage is full. */
  onNote?: (note: string) => void;
}

/** What its files are, as far as it is known without moving a byte. */
export interface SourceSize {
  /** Bytes of all files needed. */
  files: number;
  /** Of these, bytes that need not be moved any more. */
  stored: number;
}

/** The Hub, opened when it is first needed: until then nothing is stored and nobody is asked. */
export interface HubAccess {
  readonly endpoint: string;
  open(): Promise<Hub>;
}

export interface ArmSource {
  readonly origin: ArmInfo['origin'];
  /** For people. */
  readonly label: string;
  readonly repo: ArmInfo['repo'];
  readonly license: string | null;
  /** Loads without being asked, as soon as a run wants it. */
  readonly onDemand: boolean;
  /** A fresh checkpoint per load, so that its bytes can be let go. */
  open(options: OpenOptions): Promise<CheckpointFiles>;
  size(): Promise<SourceSize>;
}

/** A folder beside the page. */
export function bundledSource(
  arm: RegisteredArm,
  path: string,
  open: (path: string) => CheckpointFiles,
): ArmSource {
  return {
    origin: 'bundled',
    label: 'bundled with the page',
    repo: null,
    license: arm.license,
    onDemand: true,
    open: async () => open(path),
    size: async () => ({ files: arm.files, stored: arm.files }),
  };
}

/** Files a person picked; InputError where they cannot be a checkpoint. */
export function fileSource(id: ArmId, files: readonly File[]): ArmSource {
  const checkpoint = localFiles(files, id);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return {
    origin: 'files',
    label: 'files from this device',
    repo: null,
    license: null,
    onDemand: false,
    open: async () => checkpoint,
    size: async () => ({ files: bytes, stored: bytes }),
  };
}

/** A repository of the Hub, looked up when it is first opened. `registered` is what is known of it before. */
export class HubSource implements ArmSource {
  readonly origin = 'hub';
  readonly onDemand = false;
  #found: HubRepo | null = null;

  constructor(
    private readonly hub: HubAccess,
    private readonly ref: RepoRef,
    private readonly registered: Pick<RegisteredArm, 'license' | 'files'> = { license: null, files: 0 },
  ) {}

  get label(): string {
    return `${this.#found?.name ?? this.ref.repo} on the Hub`;
  }

  get license(): string | null {
    return this.#found?.license ?? this.registered.license;
  }

  get repo(): NonNullable<ArmInfo['repo']> {
    const name = this.#found?.name ?? this.ref.repo;
    const revision = this.#found?.commit ?? this.ref.revision ?? 'main';
    return { name, revision, url: this.#found?.url ?? `${this.hub.endpoint}/${name}` };
  }

  /** Asks the Hub once (or nobody, where it is remembered); LoadError or InputError where there is no such repository. */
  async lookUp(signal?: AbortSignal): Promise<HubRepo> {
    const hub = await this.hub.open();
    this.#found ??= await hub.lookUp(this.ref.repo, this.ref.revision, signal);
    return this.#found;
  }

  async open({ signal, ...options }: OpenOptions): Promise<CheckpointFiles> {
    return (await this.hub.open()).open(await this.lookUp(signal), options);
  }

  async size(): Promise<SourceSize> {
    const hub = await this.hub.open();
    this.#found ??= await hub.known(this.ref.repo, this.ref.revision);
    return this.#found ? hub.kept(this.#found) : { files: this.registered.files, stored: 0 };
  }
}
