import { expect, test } from 'vitest';
import { chooseFamilies } from './choose.ts';

test('the fastest family of each class is chosen', async () => {
  const ms: Record<string, number> = {
    ...{ 'subgroups 1': 3, 'rows 1': 2, 'registers 1': 4 },
    ...{ 'tiles 16': 5, 'registers 16': 4 },
    ...{ 'tiles 64': 6, 'registers 64': 9 },
  };
  const choice = await chooseFamilies(async (family, rows) => ms[`${family} ${rows}`] ?? Number.NaN);
  expect(choice).toEqual({
    families: { few: 'rows', some: 'registers', many: 'tiles' },
    by: 'measured',
    passedOver: [],
  });
});

test('a family that is refused, or whose time is no time, is passed over with its reason', async () => {
  const choice = await chooseFamilies(async (family, rows) => {
    if (family === 'tiles') throw new Error('too much workgroup memory');
    return family !== 'registers' && rows === 1 ? 0 : 1;
  });
  expect(choice.families).toEqual({ few: 'registers', some: 'registers', many: 'registers' });
  expect(choice.passedOver).toEqual([
    { family: 'subgroups', rows: 1, reason: '0 ms were measured' },
    { family: 'rows', rows: 1, reason: '0 ms were measured' },
    { family: 'tiles', rows: 16, reason: 'too much workgroup memory' },
    { family: 'tiles', rows: 64, reason: 'too much workgroup memory' },
  ]);
});

test('where nothing can be measured the register tiles compute', async () => {
  const choice = await chooseFamilies(async () => Number.NaN);
  expect(new Set(Object.values(choice.families))).toEqual(new Set(['registers']));
  expect(choice.passedOver).toHaveLength(7);
});
