/** Which pairs there are: the registered ones and those a person added. */

import { InputError } from '../base/errors.ts';
import { gpt2Config, type ModelConfig } from '../tensor/params.ts';
import type { CheckpointFiles } from '../weights/byteSource.ts';
import type { AddRequest, ArmId, PairId, RepoRef } from './api.ts';
import { type ArmSource, bundledSource, fileSource, type HubAccess, HubSource } from './armSource.ts';
import type { Arm, Pair } from './arms.ts';
import type { RegisteredArm, RegisteredPair } from './registry.ts';

export interface PairsOptions {
  registry: readonly RegisteredPair[];
  /** The checkpoint at a path beside the page; a fresh one per load, so that its bytes can be let go. */
  openBundled: (path: string) => CheckpointFiles;
  hub: HubAccess;
}

export class Pairs {
  readonly #options: PairsOptions;
  readonly #pairs = new Map<PairId, Pair>();

  constructor(options: PairsOptions) {
    this.#options = options;
    for (const pair of options.registry) this.#pairs.set(pair.id, this.#registered(pair));
  }

  all(): Pair[] {
    return [...this.#pairs.values()];
  }

  get(id: PairId): Pair {
    const pair = this.#pairs.get(id);
    if (pair) return pair;
    const known = [...this.#pairs.keys()];
    throw new InputError(`There is no pair '${id}'. There are: ${known.join(', ')}.`, { pair: id, known });
  }

  /** A pair of a person's own, not yet among the others. InputError where its id or its arms will not do. */
  make({ id, title = id, arms }: Pick<AddRequest, 'id' | 'title' | 'arms'>, replace: boolean): Pair {
    const taken = this.#pairs.get(id);
    if (!id || typeof id !== 'string' || (taken && !(replace && taken.added)))
      throw new InputError(`'${id}' cannot name a pair: it is empty or taken. Choose another id.`, { id });
    const chosen = Object.entries(arms ?? {});
    if (chosen.length === 0)
      throw new InputError('No arm was given. Name at least one, e.g. {original: files}.', { id });
    return {
      id,
      title,
      about: '',
      added: true,
      residency: 'all',
      tokenizer: null,
      arms: new Map(chosen.map(([arm, from]) => [arm, newArm(arm, arm, '', this.#source(arm, from), null)])),
    };
  }

  /** Puts a made pair among the others, in place of one of the same id, which is returned. */
  put(pair: Pair): Pair | undefined {
    const before = this.#pairs.get(pair.id);
    this.#pairs.set(pair.id, pair);
    return before;
  }

  delete(pair: Pair): void {
    this.#pairs.delete(pair.id);
  }

  #source(id: ArmId, from: RepoRef | File[]): ArmSource {
    if (Array.isArray(from)) return fileSource(id, from);
    if (from && typeof from === 'object' && typeof from.repo === 'string')
      return new HubSource(this.#options.hub, from);
    throw new InputError(
      `The arm ${id} is neither files nor a repository. Give a list of files, or {repo: 'owner/name'}.`,
      { arm: id },
    );
  }

  #registered({ id, title, about, architecture, arms }: RegisteredPair): Pair {
    const made = arms.map((arm): [ArmId, Arm] => {
      // What config.json will say, as far as the registry knows; replaced by what it does say once that is read.
      const config = gpt2Config(architecture, arm.norm === 'linear' ? { kind: 'linear' } : undefined);
      return [arm.id, newArm(arm.id, arm.title, arm.about, this.#registeredSource(arm), config)];
    });
    return { id, title, about, added: false, residency: 'all', tokenizer: null, arms: new Map(made) };
  }

  #registeredSource(arm: RegisteredArm): ArmSource {
    const { hub, openBundled } = this.#options;
    if ('bundled' in arm.source) return bundledSource(arm, arm.source.bundled, openBundled);
    return new HubSource(hub, arm.source, arm);
  }
}

function newArm(id: ArmId, title: string, about: string, source: ArmSource, config: ModelConfig | null): Arm {
  return { id, title, about, source, config, ahead: null, loaded: null };
}
