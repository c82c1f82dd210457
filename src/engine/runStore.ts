/** The activations kept on the device between requests, so that a changed question about one prompt runs no model. */

import type { ActivationCache } from '../model/cache.ts';
import { type HookName, hookBytes } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';

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

/** The kept runs of one model, most recently used last. */
export class RunStore {
  #entries: Entry[] = [];

  constructor(private readonly model: Model) {}

  /**
   * A run of these tokens that has the hooks, kept or new. A new run also records what other analyses
   * would ask next (`also`), where that is small.
   */
  async get(
    tokens: readonly number[],
    hooks: readonly HookName[],
    also: readonly HookName[],
  ): Promise<ActivationCache> {
    const key = tokens.join();
    const known = this.#entries.find((entry) => entry.key === key);
    if (known && hooks.every((hook) => known.hooks.has(hook))) {
      this.#entries = [...this.#entries.filter((entry) => entry !== known), known];
      return known.cache;
    }
    const wanted = new Set([...hooks, ...(known?.hooks ?? [])]);
    const eager = new Set([...wanted, ...also]);
    const { config } = this.model;
    const record = hookBytes(config, tokens.length, eager) <= EAGER_BYTES ? eager : wanted;
    this.drop(tokens);
    const held = () => this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
    while (this.#entries.length >= KEPT_RUNS || held() > KEPT_RUN_BYTES)
      this.#entries.shift()?.cache.dispose();
    const cache = await this.model.run([tokens], record);
    this.#entries.push({ key, hooks: record, cache, bytes: hookBytes(config, tokens.length, record) });
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
