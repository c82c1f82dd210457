/** Puts shards together: the numbers that one run over the whole text would have come to. */

import { writeFileSync } from 'node:fs';
import { addRecord, emptyShard } from '../../src/analysis/corpus/records.ts';
import type { CorpusMean } from '../../src/analysis/types/index.ts';
import { must } from '../../src/base/assert.ts';
import { InputError } from '../../src/base/errors.ts';
import type { AnalysisResult } from '../../src/engine/api.ts';
import { type CorpusPlan, corpusResult } from '../../src/engine/corpus.ts';
import { toJson } from '../../src/ui/json.ts';
import { difference, type Header, readLines } from './lines.ts';
import type { MergeOptions } from './options.ts';
import { tokenizerIn } from './tokenizer.ts';

/** Returns the exit status: 1 where windows are missing. */
export async function merge({ from, out }: MergeOptions, tell: (text: string) => void): Promise<number> {
  const { header, headers, result } = await merged(from);
  tell(tableOf(result));
  if (out) {
    const shards = headers.map(({ shard, engine, adapter, date }) => ({ shard, engine, adapter, date }));
    const { shard: _shard, engine: _engine, adapter: _adapter, date: _date, ...common } = header;
    writeFileSync(out, `${toJson({ ...common, shards, result })}\n`);
    tell(`written to ${out}`);
  }
  const { complete, windows, ofWindows } = result.coverage;
  if (!complete)
    tell(`NOT COMPLETE: ${ofWindows - windows} of ${ofWindows} windows are in none of these files.`);
  return complete ? 0 : 1;
}

/** @throws InputError where the files are not shards of one run. */
export async function merged(
  paths: readonly string[],
): Promise<{ header: Header; headers: Header[]; result: AnalysisResult<'corpus'> }> {
  const shard = emptyShard();
  const headers: Header[] = [];
  for (const path of paths) {
    const { header, records } = readLines(path);
    const differs = headers[0] && difference(headers[0], header);
    if (differs)
      throw new InputError(`${path} and ${paths[0]} are shards of different runs: ${differs} differ.`, {
        path,
        differs,
      });
    headers.push(header);
    for (const record of records) addRecord(shard, record);
  }
  const header = must(headers[0], 'nothing to merge');
  const arms = Object.entries(header.arms);
  const tokenizer = await tokenizerIn(must(arms[0], 'no arm')[1].folder);
  const plan: CorpusPlan = {
    // The shards hold their own windows' tokens; of the whole text only the length counts here.
    reading: { ...header.reading, tokens: Array<number>(header.text.tokens).fill(0) },
    score: { listed: 20, means: false, effects: false, attribution: false, ablate: null }, // nothing is scored any more
    summary: { listed: 20, resamples: 1000, seed: 0, ablate: null },
  };
  const result = corpusResult(shard, plan, {
    pair: header.pair,
    engine: 'wgsl',
    piece: (id) => tokenizer?.piece(id) ?? `#${id}`,
    arms: arms.map(([id, { config }]) => ({ id, config })),
  });
  return { header, headers, result };
}

function tableOf({ coverage, arms, between = {}, reading }: AnalysisResult<'corpus'>): string {
  const mean = ({ mean, interval }: CorpusMean, digits = 4) =>
    `${mean.toFixed(digits)}${interval ? ` [${interval.map((end) => end.toFixed(digits)).join(', ')}]` : ''}`;
  const rows = Object.entries(arms).map(([arm, of]) =>
    [
      arm.padEnd(10),
      `loss ${mean(of.loss)}`,
      `median ${of.median.toFixed(4)}`,
      `perplexity ${of.perplexity.mean.toFixed(2)}`,
      `entropy ${mean(of.entropy)}`,
      `ECE ${of.ece.toFixed(4)}`,
      `outliers ${of.outliers.count}`,
      ...(of.directEffect ? [`NMAE ${of.directEffect.pooled.value.toFixed(2)} %`] : []),
    ].join('  '),
  );
  const differences = Object.entries(between).map(([two, of]) =>
    [two.padEnd(20), of.jsd ? `JSD ${mean(of.jsd)}` : 'JSD –', `Δ loss ${mean(of.deltaLoss)}`].join('  '),
  );
  return [
    `${coverage.windows} of ${coverage.ofWindows} windows, ${coverage.tokens} of ${coverage.ofTokens} scored tokens. ${reading.convention}`,
    ...rows,
    ...differences,
  ].join('\n');
}
