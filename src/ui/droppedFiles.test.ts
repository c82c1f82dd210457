/** Which files of a folder are the model. */

import { describe, expect, test } from 'vitest';
import { droppedFiles, filesOfOneModel, mergeFiles, pickedFiles } from './droppedFiles.ts';

const placed = (...paths: string[]) =>
  paths.map((path) => ({ path, file: new File([], path.split('/').at(-1) ?? '') }));
const names = (files: File[]) => files.map((file) => file.name);

describe('the files of one model', () => {
  test('are those beside the topmost config.json', () => {
    const folder = placed('g/config.json', 'g/model.safetensors', 'g/onnx/config.json', 'g/onnx/model.onnx');
    expect(names(filesOfOneModel(folder))).toEqual(['config.json', 'model.safetensors']);
  });
  test('are all, where there is no config.json: what is missing is said later', () => {
    expect(names(filesOfOneModel(placed('a/model.safetensors', 'b.txt')))).toEqual([
      'model.safetensors',
      'b.txt',
    ]);
  });
  test('are not guessed where two models lie side by side', () => {
    expect(() => filesOfOneModel(placed('m/a/config.json', 'm/b/config.json'))).toThrow(
      /more than one model/,
    );
  });
});

test('a whole model replaces what was picked, a part of one joins it', () => {
  const one = [new File(['a'], 'config.json'), new File([], 'model.safetensors')];
  const config = new File(['bb'], 'config.json');
  expect(mergeFiles(one, [config, new File([], 'other.safetensors')]).map(({ name }) => name)).toEqual([
    'config.json',
    'other.safetensors',
  ]);
  const joined = mergeFiles(one, [config]);
  expect(joined.map(({ name, size }) => [name, size])).toEqual([
    ['model.safetensors', 0],
    ['config.json', 2],
  ]);
});

test('a picked file without a folder is its name', () => {
  expect(pickedFiles([new File([], 'config.json')])[0]?.path).toBe('config.json');
});

describe('a drop', () => {
  const file = (fullPath: string) => ({
    isDirectory: false,
    fullPath,
    file: (take: (file: File) => void) => take(new File([], fullPath.split('/').at(-1) ?? '')),
  });
  const folder = (fullPath: string, children: object[]) => ({
    isDirectory: true,
    fullPath,
    createReader: () => {
      const batches = [children.slice(0, 100), children.slice(100)];
      return { readEntries: (take: (some: object[]) => void) => take(batches.shift() ?? []) };
    },
  });
  const drop = (...entries: object[]) =>
    droppedFiles({
      items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry })),
    } as unknown as DataTransfer);

  test('is walked through its folders, which are read in batches', async () => {
    const many = Array.from({ length: 130 }, (_, i) => file(`/g/shard-${i}.safetensors`));
    const found = await drop(
      folder('/g', [...many, folder('/g/onnx', [file('/g/onnx/x')])]),
      file('/a.json'),
    );
    expect(found).toHaveLength(132);
    expect(found.map(({ path }) => path)).toContain('g/onnx/x');
  });

  test('of a whole disk is refused', async () => {
    const endless: object = folder('/d', []);
    const children = Array.from({ length: 99 }, () => endless);
    Object.assign(endless, folder('/d', children));
    await expect(drop(endless)).rejects.toThrow(/more than 2000 files/);
  });
});
