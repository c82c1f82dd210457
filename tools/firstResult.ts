/** Makes src/state/firstResult.json, the finished analysis the page paints first: node tools/run.mjs tools/firstResult.ts */

import { writeFileSync } from 'node:fs';
import type { AnalysisId } from '../src/engine/api.ts';
import { createCpuService } from './cpuService.ts';

const PATH = 'src/state/firstResult.json';
const PROMPT = {
  text: 'Once upon a time, there was a little girl who liked to play. One day,',
  prependBos: true,
};
const QUESTION = { position: -1, target: ' she', contrast: ' he' };

/** What the page shows when it opens, by the slot that shows it. */
const REQUESTS: Record<string, { id: AnalysisId; request: Record<string, unknown> }> = {
  predictions: { id: 'predictions', request: { position: -1, k: 10, score: [' she', ' he'] } },
  'token-stats': { id: 'token-stats', request: {} },
  'dla:component': { id: 'dla', request: { ...QUESTION, unit: 'component' } },
  'dla:head': { id: 'dla', request: { ...QUESTION, unit: 'head' } },
  'confidence-neurons': { id: 'confidence-neurons', request: { k: 16, by: 'original' } },
};

/** The committed result as it should be, computed on the CPU twin; `made` is left for the writer to fill in. */
export async function makeFirstResult() {
  const service = createCpuService();
  await service.start();
  const pair = 'demo';
  const requests: Record<string, { id: AnalysisId; request: Record<string, unknown> }> = {};
  const results: Record<string, unknown> = {};
  for (const [slot, { id, request }] of Object.entries(REQUESTS)) {
    requests[slot] = { id, request: { pair, ...PROMPT, ...request } };
    results[slot] = await service.analyze(id, requests[slot].request as never);
  }
  return { pair, prompt: PROMPT, requests, results };
}

/** Eight digits: more than an f32 holds. Tensors become plain arrays. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return [...value].map((x) => Number(x.toPrecision(8)));
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(8));
  return value;
}

export async function main(): Promise<void> {
  const made = `${new Date().toISOString().slice(0, 10)}, CPU twin (f64 sums, f32 results), tools/firstResult.ts`;
  const json = JSON.stringify({ made, ...(await makeFirstResult()) }, plain);
  writeFileSync(PATH, `${json}\n`);
  console.log(`${PATH}: ${json.length} characters`);
}
