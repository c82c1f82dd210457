/** docs/scripting.md against the types: every call, analysis, parameter and result is in its tables, and nothing else; its examples compile. */

import { describe, expect, test } from 'vitest';
import { allHooks } from '../../src/model/hooks.ts';
import { gpt2Config } from '../../src/tensor/params.ts';
import { blocksIn, documents, textOf } from './documents.ts';
import { bracesIn, fieldsIn, namesIn, tableOf, wordsIn } from './reference.ts';
import { objectionsTo } from './typed.ts';

const DOCUMENT = 'docs/scripting.md';

const HEAD = `
import type { Analyses, AnalysisId, CallOptions, Edit, GenerateRequest, MetricRequest, Normless, PromptRequest } from '@/src/engine/api.ts';
import type { Page } from '@playwright/test';
declare const normless: Normless;
declare const page: Page;
`;

/** Names of a type as texts: of each member of a union, of what is in lists, and (\`Deep\`) of all that is inside. */
const TOOLS = `${HEAD}
type Keys<T> = T extends readonly (infer E)[] ? Keys<E> : T extends object ? { [K in keyof T]-?: string extends K ? never : K }[keyof T] : never;
type Deep<T> = T extends readonly (infer E)[] ? Deep<E> : T extends Float32Array | Uint32Array | ((...a: never[]) => unknown) ? never
  : T extends object ? { [K in keyof T]-?: (string extends K ? never : K) | Deep<T[K]> }[keyof T] : never;
/** What is asked for is there: an error names what is not. */
declare function known<Known>(...names: Known[]): void;
/** What is there is asked for: an error names what is missing. */
declare function complete<Known>(): <Given extends string>(...names: Given[]) => [Exclude<Known, Given>] extends [never] ? null : Exclude<Known, Given>;
type Common = keyof CallOptions | keyof PromptRequest;
`;

const quoted = (names: Iterable<string>) => [...names].map((name) => `'${name}'`).join(', ');
const isComplete = (type: string, names: Iterable<string>) =>
  `{ const nothing: null = complete<${type}>()(${quoted(names)}); }`;
const areKnown = (type: string, names: Iterable<string>) => `known<${type}>(${quoted(names)});`;

/** Of one analysis: its row against its types. `the same` adds the row above. */
function analysisSource([id = '', parameters = '', arm = '', between = '']: string[], above: string): string {
  const own = id.replaceAll('`', '');
  const of = (part: string) => `Analyses['${own}']['${part}']`;
  const report = `(Analyses['${own}'] extends { report: infer R } ? R : never)`;
  const all = `${of('parameters')} | ${of('arm')} | ${of('between')} | ${report}`;
  const asked = parameters.startsWith('the same') ? `${above} ${parameters}` : parameters;
  return [
    TOOLS,
    areKnown(`Deep<${all}> | Common`, namesIn(parameters)),
    isComplete(`Exclude<Keys<${of('parameters')}>, Common>`, wordsIn(asked)),
    areKnown(`Deep<${all}>`, [...namesIn(arm), ...namesIn(between)]),
    isComplete(`Keys<${of('arm')} | ${report}>`, wordsIn(arm)),
    isComplete(`Keys<NonNullable<${of('between')}>>`, wordsIn(between)),
  ].join('\n');
}

/** Of one call: `name({fields})` against the request's type; what it gives, where it is said in braces. */
function callSource(call: string, gives: string): string {
  const [, name = '', asked = ''] = /^(\w+)\((.*)\)$/s.exec(call) ?? [];
  const request = `Parameters<Normless['${name}']>[0]`;
  const braces = asked.startsWith('{') ? bracesIn(asked) : null;
  const lines = [TOOLS];
  if (braces) {
    const fields = fieldsIn(braces).map((field) => field.replace('?', ''));
    const optional = fieldsIn(braces).filter((field) => field.endsWith('?'));
    lines.push(areKnown(`Keys<${request}>`, fields));
    for (const field of optional)
      lines.push(
        `{ const left: {} extends Pick<${request}, '${field.slice(0, -1)}'> ? true : false = true; void left; }`,
      );
    if (!braces.includes('…')) lines.push(isComplete(`Exclude<Keys<${request}>, keyof CallOptions>`, fields));
  }
  const given = name === 'subscribe' ? null : bracesIn(/`(\[?\{[^`]*)`/.exec(gives)?.[1] ?? '');
  if (given)
    lines.push(
      areKnown(
        `Deep<Awaited<ReturnType<Normless['${name}']>>>`,
        fieldsIn(given).map((field) => field.replace('?', '')),
      ),
    );
  return lines.join('\n');
}

const analyses = tableOf(DOCUMENT, 'id');
const calls = tableOf(DOCUMENT, 'call').flatMap(([call = '', gives = '']) =>
  [...call.matchAll(/`([^`]+)`/g)].map(([, one = '']) => [one, gives] as const),
);
const examples = documents()
  .flatMap((document) => blocksIn(textOf(document)))
  .filter(({ language }) => language === 'js');
const edits = tableOf(DOCUMENT, 'kind').flatMap(([kind = '']) =>
  [...kind.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one),
);
const generating = tableOf(DOCUMENT, 'parameter').flatMap(([name = '']) => namesIn(name));

const said = objectionsTo({
  ...Object.fromEntries(
    examples.map(({ code }, i) => [
      `example ${i + 1}`,
      `${HEAD}\n${code.replace('const edits = [', 'const edits: Edit[] = [')}`,
    ]),
  ),
  ...Object.fromEntries(
    analyses.map((row, i) => [`analysis ${row[0]}`, analysisSource(row, analyses[i - 1]?.[1] ?? '')]),
  ),
  ...Object.fromEntries(calls.map(([call, gives]) => [`call ${call}`, callSource(call, gives)])),
  'the list of calls': `${TOOLS}${areKnown(
    'keyof Normless',
    calls.map(([call]) => call.replace(/\(.*/s, '')),
  )}\n${isComplete(
    'keyof Normless',
    calls.map(([call]) => call.replace(/\(.*/s, '')),
  )}`,
  'the list of analyses': `${TOOLS}${areKnown(
    'AnalysisId',
    analyses.map(([id = '']) => id.replaceAll('`', '')),
  )}\n${isComplete(
    'AnalysisId',
    analyses.map(([id = '']) => id.replaceAll('`', '')),
  )}`,
  'kinds of edits': `${TOOLS}${areKnown("Edit['kind']", edits)}\n${isComplete("Edit['kind']", edits)}`,
  'parameters of generate': `${TOOLS}${areKnown('keyof GenerateRequest', generating)}\n${isComplete(
    "Exclude<keyof GenerateRequest, Common | 'onToken' | 'leader'>",
    generating,
  )}`,
  'a wrong example': `${HEAD} await normless.analyze('dla', { text: 'a', target: ' b', unti: 'head' });`,
  'a wrong parameter': analysisSource(['`dla`', '`targt`', '', ''], ''),
  'a missing parameter': analysisSource(['`token-stats`', 'none', '`entropy`, `loss`', ''], ''),
});

describe(DOCUMENT, () => {
  test.each([...said].filter(([name]) => !/^a (wrong|missing) /.test(name)))('%s', (_, objections) => {
    expect(objections).toEqual([]);
  });

  test.each([...said].filter(([name]) => /^a (wrong|missing) /.test(name)))(
    'what is wrong is found: %s',
    (_, objections) => {
      expect(objections).not.toEqual([]);
    },
  );

  test('every hook of a model is in the table of hooks, with its shape, and no other', () => {
    const rows = tableOf(DOCUMENT, 'hook').flatMap(([cell = '', shape = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, shape })),
    );
    const config = gpt2Config({ nLayers: 1, nHeads: 2, dModel: 8, nCtx: 4, dVocab: 9 });
    const hooks = allHooks(config, 3).map(({ name, axes }) => {
      const full = name.replace('blocks.0.', 'blocks.{l}.');
      const shape = `[${axes.join(', ').replace('one', '1')}]`;
      // Within a row the later names may leave out what the first begins with.
      return { full, row: rows.filter((row) => full.endsWith(row.name) && row.shape === shape) };
    });
    expect(hooks.filter(({ row }) => row.length === 0)).toEqual([]);
    const used = new Set(hooks.flatMap(({ row }) => row));
    expect(rows.filter((row) => !used.has(row))).toEqual([]);
  });
});
