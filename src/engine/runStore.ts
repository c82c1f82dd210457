/** The activations kept on the device between requests, so that a changed question about one prompt runs no model. */

import type { ActivationCache } from '../model/cache.ts';
import { planEdits } from '../model/editPlan.ts';
import type { Edit } from '../model/edits.ts';
import { editHooks, type HookName, hookBytes } from '../model/hooks.ts';
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
  readonly edits: readonly Edit[];
}

/** The kept runs of one model, most recently used last. */
export class RunStore {
  #entries: Entry[] = [];

  constructor(readonly model: Model) {}

  /**
   * A run of these tokens, so edited, that has the hooks, kept or new. A new run also records what other analyses
   * would ask next (`also`), where that is small.
   */
  async get(
    tokens: readonly number[],
    hooks: readonly HookName[],
    also: readonly HookName[],
    edits: readonly Edit[] = [],
  ): Promise<ActivationCache> {
    const ask = { store: this, hooks, also, edits };
    const known = this.#find(tokens, ask);
    if (known) return known;
    const record = this.#prepare(tokens, ask);
    return this.#put(tokens, edits, record, await this.model.run([tokens], record, edits));
  }

  /**
   * Makes the runs that are missing in several stores as one job of their device; where their models cannot be recorded
   * together it leaves that to `get`.
   */
  static makeTogether(tokens: readonly number[], asks: readonly Ask[]): void {
    const missing = asks.filter((ask) => !ask.store.#find(tokens, ask));
    const models = missing.map(({ store }) => store.model);
    if (models.length < 2 || !canRunTogether(models)) return;
    const records = missing.map((ask) => ask.store.#prepare(tokens, ask));
    const jobs = missing.map(({ store, edits }, i) => ({
      model: store.model,
      tokens: [tokens],
      hooks: records[i] as Set<HookName>,
      edits,
    }));
    const caches = runTogether(jobs);
    missing.forEach(({ store, edits }, i) => {
      store.#put(tokens, edits, records[i] as Set<HookName>, caches[i] as ActivationCache);
    });
  }

  /** The kept run of these tokens, if it has the hooks; it is the most recently used one then. */
  #find(tokens: readonly number[], { hooks, edits }: Ask): ActivationCache | null {
    const key = keyOf(tokens, edits);
    const known = this.#entries.find((entry) => entry.key === key);
    if (!known || !hooks.every((hook) => known.hooks.has(hook))) return null;
    this.#entries = [...this.#entries.filter((entry) => entry !== known), known];
    return known.cache;
  }

  /** Makes room for a new run and says what it is to record: also what a kept run of these tokens had. */
  #prepare(tokens: readonly number[], { hooks, also, edits }: Ask): Set<HookName> {
    const key = keyOf(tokens, edits);
    const plan = planEdits(this.model.config, edits, tokens.length);
    const had = this.#entries.find((entry) => entry.key === key)?.hooks ?? [];
    const wanted = new Set([...hooks, ...had, ...editHooks(plan)]);
    const eager = new Set([...wanted, ...also]);
    this.drop(tokens, edits);
    const held = () => this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
    while (this.#entries.length >= KEPT_RUNS || held() > KEPT_RUN_BYTES)
      this.#entries.shift()?.cache.dispose();
    return hookBytes(this.model.config, tokens.length, eager, plan) <= EAGER_BYTES ? eager : wanted;
  }

  #put(
    tokens: readonly number[],
    edits: readonly Edit[],
    hooks: ReadonlySet<HookName>,
    cache: ActivationCache,
  ): ActivationCache {
    const plan = planEdits(this.model.config, edits, tokens.length);
    const bytes = hookBytes(this.model.config, tokens.length, hooks, plan);
    this.#entries.push({ key: keyOf(tokens, edits), hooks, cache, bytes });
    return cache;
  }

  /** Frees the run of these tokens and edits, if it is kept. */
  drop(tokens: readonly number[], edits: readonly Edit[] = []): void {
    const key = keyOf(tokens, edits);
    for (const entry of this.#entries) if (entry.key === key) entry.cache.dispose();
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }

  clear(): void {
    for (const entry of this.#entries) entry.cache.dispose();
    this.#entries = [];
  }
}

function keyOf(tokens: readonly number[], edits: readonly Edit[]): string {
  return edits.length > 0 ? `${tokens.join()} ${JSON.stringify(edits)}` : tokens.join();
}

/** Models of our own forward pass on one device. */
function canRunTogether(models: readonly Model[]): boolean {
  return models.every((model) => model instanceof OpsModel && model.backend === models[0]?.backend);
}
