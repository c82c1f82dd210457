/** The activations kept on the device between requests, so that a changed question about one prompt runs no model. */

import type { ActivationCache } from '../model/cache.ts';
import { type HookName, hookBytes } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { runTogether } from '../model/runTogether.ts';

/** Runs kept per arm, the newest included; the least recently used one goes first. */
export const KEPT_RUNS = 3;

/** Bytes that the runs beside the newest may hold: a large model keeps fewer. */
export const KEPT_RUN_BYTES = 256 * 2 ** 20;

/** Recording everything the analyses read is worth it up to this many bytes per run. */
const EAGER_BYTES = 256 * 2 ** 20;

interface Entry {
  key: string;
  hooks: ReadonlySet<HookName>;
  cache: ActivationCache;
  bytes: number;
}

/** What is wanted of a store's model: see `get`. */
export interface Ask {
  readonly store: RunStore;
  readonly hooks: readonly HookName[];
  readonly also: readonly HookName[];
}

/** The kept runs of one model, most recently used last. */
export class RunStore {
  #entries: Entry[] = [];

  constructor(readonly model: Model) {}

  /**
   * A run of these tokens that has the hooks, kept or new. A new run also records what other analyses
   * would ask next (`also`), where that is small.
   */
  async get(
    tokens: readonly number[],
    hooks: readonly HookName[],
    also: readonly HookName[],
  ): Promise<ActivationCache> {
    const known = this.#find(tokens, hooks);
    if (known) return known;
    const record = this.#prepare(tokens, hooks, also);
    return this.#put(tokens, record, await this.model.run([tokens], record));
  }

  /**
   * Makes the runs that are missing in several stores as one job of their device; where their models cannot be recorded
   * together it leaves that to `get`.
   */
  static makeTogether(tokens: readonly number[], asks: readonly Ask[]): void {
    const missing = asks.filter(({ store, hooks }) => !store.#find(tokens, hooks));
    const models = missing.map(({ store }) => store.model);
    if (models.length < 2 || !canRunTogether(models)) return;
    const records = missing.map(({ store, hooks, also }) => store.#prepare(tokens, hooks, also));
    const jobs = models.map((model, i) => ({ model, tokens: [tokens], hooks: records[i] as Set<HookName> }));
    const caches = runTogether(jobs);
    missing.forEach(({ store }, i) => {
      store.#put(tokens, records[i] as Set<HookName>, caches[i] as ActivationCache);
    });
  }

  /** The kept run of these tokens, if it has the hooks; it is the most recently used one then. */
  #find(tokens: readonly number[], hooks: readonly HookName[]): ActivationCache | null {
    const key = tokens.join();
    const known = this.#entries.find((entry) => entry.key === key);
    if (!known || !hooks.every((hook) => known.hooks.has(hook))) return null;
    this.#entries = [...this.#entries.filter((entry) => entry !== known), known];
    return known.cache;
  }

  /** Makes room for a new run and says what it is to record: also what a kept run of these tokens had. */
  #prepare(tokens: readonly number[], hooks: readonly HookName[], also: readonly HookName[]): Set<HookName> {
    const key = tokens.join();
    const had = this.#entries.find((entry) => entry.key === key)?.hooks ?? [];
    const wanted = new Set([...hooks, ...had]);
    const eager = new Set([...wanted, ...also]);
    this.drop(tokens);
    const held = () => this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
    while (this.#entries.length >= KEPT_RUNS || held() > KEPT_RUN_BYTES)
      this.#entries.shift()?.cache.dispose();
    return hookBytes(this.model.config, tokens.length, eager) <= EAGER_BYTES ? eager : wanted;
  }

  #put(tokens: readonly number[], hooks: ReadonlySet<HookName>, cache: ActivationCache): ActivationCache {
    const bytes = hookBytes(this.model.config, tokens.length, hooks);
    this.#entries.push({ key: tokens.join(), hooks, cache, bytes });
    return cache;
  }

  /** Frees the run of these tokens, if it is kept. */
  drop(tokens: readonly number[]): void {
    const key = tokens.join();
    for (const entry of this.#entries) if (entry.key === key) entry.cache.dispose();
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }

  clear(): void {
    for (const entry of this.#entries) entry.cache.dispose();
    this.#entries = [];
  }
}

/** Models of our own forward pass on one device. */
function canRunTogether(models: readonly Model[]): boolean {
  return models.every((model) => model instanceof OpsModel && model.backend === models[0]?.backend);
}
