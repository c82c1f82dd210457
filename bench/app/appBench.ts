/** Rows about the whole app: Node drives the built page through `window.normless`, as a script of a person's would. */

import type { Browser } from '@playwright/test';
import { must } from '../../src/base/assert.ts';
import type { Side } from '../../tools/bench/pairs.ts';
import type { BenchPage, CaseInfo, Count, Suite } from '../contract.ts';
import { type App, openApp, type Visit } from './app.ts';
import { loadCase, prepareLoad } from './loadRow.ts';
import { countFrames, type FrameFigures, framesOf, UI_CASES } from './uiRows.ts';

/** About 16 MB as f32 files: enough bytes to outweigh what every load has to do once, few enough for every run. */
export const ARM = { nLayers: 2, nHeads: 4, dModel: 256, nCtx: 1024, dVocab: 8192 };

/** All rows share one visit, which the first of them opens: building the page and starting its engine takes seconds. */
export class AppBench implements Omit<BenchPage, 'open'> {
  readonly #browser: Browser;
  #opened: Promise<{ app: App; visit: Visit }> | null = null;
  #sides: Readonly<Record<Side, () => Promise<number>>> | null = null;
  #frames: Promise<FrameFigures> | null = null;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async cases(_suite: Suite): Promise<CaseInfo[]> {
    return [loadCase, ...UI_CASES];
  }

  async prepare(_name: string): Promise<number> {
    const { app, visit } = await this.#open();
    const { difference, ...sides } = await prepareLoad(app, visit);
    this.#sides = sides;
    return difference;
  }

  async call(side: Side, repeats: number): Promise<number> {
    const { [side]: call } = must(this.#sides, 'prepare() comes first');
    let ms = 0;
    for (let i = 0; i < repeats; i++) ms += await call();
    return ms;
  }

  async usage(): Promise<null> {
    return null; // the ledger is in the worker
  }

  /** The first call measures for all. */
  async count(name: string): Promise<Count> {
    this.#frames ??= this.#open().then(({ visit }) => framesOf(visit));
    return countFrames(await this.#frames, name);
  }

  async dispose(): Promise<void> {
    this.#sides = null;
  }

  async close(): Promise<void> {
    await (await this.#opened)?.app.close();
  }

  #open() {
    this.#opened ??= (async () => {
      const app = await openApp(ARM);
      return { app, visit: await app.visit(this.#browser) };
    })();
    return this.#opened;
  }
}

/** One suite of both: a row is computed by whoever announced it. */
export function withApp(page: BenchPage, app: AppBench): BenchPage {
  const ofApp = new Set<string>();
  let chosen: Omit<BenchPage, 'open'> = page;
  const choose = (name: string) => {
    chosen = ofApp.has(name) ? app : page;
    return chosen;
  };
  return {
    open: () => page.open(),
    cases: async (suite) => {
      const theirs = await app.cases(suite);
      for (const { name } of theirs) ofApp.add(name);
      return [...(await page.cases(suite)), ...theirs];
    },
    prepare: (name) => choose(name).prepare(name),
    call: (side, repeats) => chosen.call(side, repeats),
    usage: () => chosen.usage(),
    count: (name) => choose(name).count(name),
    dispose: () => chosen.dispose(),
  };
}
