/** The examples of docs/embedding.md and docs/teaching.md: their messages are those of the schema, their lesson is a lesson that can be done. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { meaningOf, piecesIn } from '../../src/lessons/glossary.ts';
import type { Lesson } from '../../src/lessons/types.ts';
import { FRAMED } from '../../src/panels/framed.ts';
import { readMessage } from '../../src/share/messages.ts';
import { initialState } from '../../src/state/initial.ts';
import { blocksIn, ROOT, textOf } from './documents.ts';
import { fieldsIn, tableOf } from './reference.ts';
import { objectionsTo } from './typed.ts';

const [lessonCode = ''] = blocksIn(textOf('docs/teaching.md'))
  .filter(({ language }) => language === 'ts')
  .map(({ code }) => code);

const messagesOf = (table: string) =>
  tableOf('docs/embedding.md', table).map(([cell = '']) => {
    const type = /'(normless:[\w-]+)'/.exec(cell)?.[1] ?? '';
    return { type, fields: fieldsIn(cell.replaceAll('`', '')) };
  });
const incoming = messagesOf('message | what it does');
const outgoing = messagesOf('message | when');

/** A message's type in this tree, made of the documented fields, assignable both ways. */
function messageSource(whole: string, documented: readonly { type: string; fields: string[] }[]): string {
  const types = documented.map(({ type, fields }) => {
    const named = fields.map((field) => `${field}: unknown`).join('; ');
    return `same<'${type}', { ${named} }>();`;
  });
  const listed = documented.map(({ type }) => `'${type}'`).join(' | ');
  return `
import type { ${whole} } from '@/src/share/messages.ts';
type Optional<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? K : never }[keyof T];
type Named<T> = [keyof T, Optional<T>];
declare function same<Type extends ${whole}['type'], Fields>(
  ...differ: Named<Fields> extends Named<Extract<${whole}, { type: Type }>>
    ? Named<Extract<${whole}, { type: Type }>> extends Named<Fields> ? [] : ['the type has more']
    : ['the document has more']
): void;
${types.join('\n')}
const others: Exclude<${whole}['type'], ${listed}>[] = [];
const none: never[] = others;
void none;
`;
}

const TMP = mkdtempSync(join(tmpdir(), 'normless-lesson-'));
afterAll(() => rmSync(TMP, { recursive: true, force: true }));

const absolute = (code: string, root: string) =>
  code.replaceAll("'./", `'${root}src/lessons/`).replaceAll("'../", `'${root}src/`);

const said = objectionsTo({
  'the lesson': absolute(lessonCode, '@/'),
  'messages to the frame': messageSource('IncomingMessage', incoming),
  'messages from the frame': messageSource('OutgoingMessage', outgoing),
  'a message too few': messageSource('OutgoingMessage', outgoing.slice(1)),
  'a field too few': messageSource(
    'IncomingMessage',
    incoming.map(({ type, fields }) => ({ type, fields: fields.slice(0, 2) })),
  ),
});

describe('docs/embedding.md', () => {
  test('has the messages of the schema, with their fields', () => {
    expect(incoming.map(({ type }) => type)).toContain('normless:set-prompt');
    expect(said.get('messages to the frame')).toEqual([]);
    expect(said.get('messages from the frame')).toEqual([]);
    expect(said.get('a message too few')).not.toEqual([]);
    expect(said.get('a field too few')).not.toEqual([]);
  });

  test('gives an example that is understood', () => {
    const [, says = ''] = /`say\((\{[^`]+\})\)`/.exec(textOf('docs/embedding.md')) ?? [];
    const message = new Function(`return ${says}`)();
    expect(readMessage(message)).toEqual({ message, fault: null });
  });

  test('speaks of the panels that can be framed, and of no others', () => {
    const listed = tableOf('docs/embedding.md', '`<panel>`').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([\w-]+)`/g)].map(([, id = '']) => id),
    );
    expect(listed.toSorted()).toEqual(FRAMED.map(({ id }) => String(id)).toSorted());
  });
});

describe('docs/teaching.md', () => {
  test('has a lesson that compiles, in words of the glossary, and waits for what it asks', async () => {
    expect(said.get('the lesson')).toEqual([]);
    const file = join(TMP, 'sum.ts');
    writeFileSync(file, absolute(lessonCode, `${ROOT}/`));
    const module = (await import(/* @vite-ignore */ file)) as { sumLesson: Lesson };
    const [act, ask] = module.sumLesson.steps;
    if (act?.kind !== 'act' || ask?.kind !== 'ask') throw new Error('An act, then a question.');
    const state = initialState();
    expect(act.done(state, [])).toBe(false);
    expect(act.done({ ...state, pinned: { term: 'L0.mlp' } }, [])).toBe(true);
    expect(ask.question(state)).toBeNull();
    const terms = module.sumLesson.steps.flatMap(({ says }) =>
      says.flatMap((words) => piecesIn(words as string)).flatMap(({ term }) => term ?? []),
    );
    expect(terms.map(meaningOf)).not.toContain(null);
    expect(terms).not.toEqual([]);
  });
});
