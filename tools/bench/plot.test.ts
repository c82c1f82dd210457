/** What a plot shows: every point where it belongs, bounds dashed, names that neither overlap nor break the file. */

import { expect, test } from 'vitest';
import { plotSvg } from './plot.ts';

const svg = plotSvg({
  title: 'Growth & <size>',
  x: 'tokens',
  y: 'seconds',
  series: [
    { name: 'measured', hue: 0, drawn: 'points', points: [16, 64, 256].map((x) => [x, x / 100]) },
    { name: 'counted', hue: 0, drawn: 'bound', points: [16, 64, 256].map((x) => [x, x / 100]) },
  ],
});

test('points of a power law lie on a straight line, and the middle one halfway', () => {
  const at = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(at).toHaveLength(3);
  const [a, b, c] = at as [number[], number[], number[]];
  for (const axis of [0, 1]) {
    const middle = ((a[axis] as number) + (c[axis] as number)) / 2;
    expect(Math.abs((b[axis] as number) - middle)).toBeLessThan(0.2); // rounded to tenths of a pixel
  }
  expect(c[1] as number).toBeLessThan(a[1] as number); // more is higher up
});

test('only the bound is dashed, and it has no marks', () => {
  expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
});

test('names of lines that end at one place stand below each other', () => {
  const ys = [...svg.matchAll(/y="([\d.]+)" fill="#/g)].map(([, y]) => Number(y));
  expect(ys).toHaveLength(2);
  expect(Math.abs((ys[1] as number) - (ys[0] as number))).toBeGreaterThanOrEqual(13);
});

test('text cannot break the file', () => {
  expect(svg).toContain('Growth &amp; &lt;size>');
});
