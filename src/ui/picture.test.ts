/** Pictures as SVG text, and tables by tabs: whole, escaped, readable by every program. */

import { expect, test } from 'vitest';
import { fromCsv, toCsv, toTsv } from './csv.ts';
import { type Picture, pictureSize, toSvg } from './pictureSvg.ts';

const TEXT = {
  kind: 'text',
  ...{ x: 3, y: 10, length: 40, upright: false, fill: 'rgb(0, 0, 0)', size: 12 },
  ...{ family: '"Segoe UI", sans-serif', weight: '400', italic: false },
} as const;

const picture = (more: Partial<Picture>): Picture => ({
  ...{ width: 200, height: 100, background: 'rgb(255, 255, 255)', ink: 'rgb(1, 2, 3)', family: 'x' },
  ...{ marks: [], foot: [] },
  ...more,
});

test('texts are escaped wherever they stand, and what XML does not know is left out', () => {
  const evil = '</text><script>alert("x")</script>&\u0000\ud800🙂';
  const svg = toSvg(
    picture({
      width: 400,
      marks: [{ ...TEXT, text: evil, family: evil }],
      foot: [evil],
      background: evil,
    }),
    evil,
  );
  expect(svg).not.toContain('<script');
  expect(
    svg.match(/&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt;&amp;🙂/g)?.length,
  ).toBeGreaterThanOrEqual(3);
  expect(svg.includes('\u0000')).toBe(false);
  expect(svg.isWellFormed()).toBe(true);
  expect(svg.match(/<(?=[a-z])/g)).toHaveLength(6); // svg, title, rect, g, and the two texts
});

test('marks keep their places, turned, clipped and faded where the page has them so', () => {
  const box = { kind: 'box', x: 1.005, y: 2, width: 30, height: 4, fill: 'rgb(9, 9, 9)' } as const;
  const svg = toSvg(
    picture({
      marks: [
        { ...box, stroke: null, strokeWidth: 0, radius: 3 },
        { ...TEXT, text: 'up', upright: true },
        {
          kind: 'group',
          opacity: 0.5,
          clip: { x: 5, y: 6, width: 7, height: 8 },
          marks: [{ kind: 'image', x: 0, y: 0, width: 9, height: 9, href: 'data:image/png;base64,AA' }],
        },
      ],
    }),
    'A map',
  );
  expect(svg).toContain('<rect x="1" y="2" width="30" height="4" fill="rgb(9, 9, 9)" rx="3"/>');
  expect(svg).toContain('<text transform="translate(3 10) rotate(-90)"');
  expect(svg).toContain('<g opacity="0.5"><svg x="5" y="6" width="7" height="8" viewBox="5 6 7 8">');
  expect(svg).toContain('<title>A map</title>');
});

test('the foot is below, a long link broken into as many lines as it needs, no letter lost', () => {
  const link = `https://x.example/#v1.${'a'.repeat(300)}`;
  const made = picture({ foot: ['Demo', link] });
  const lines = [...toSvg(made, '').matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');
  expect(lines[0]).toBe('Demo');
  const words = toSvg(picture({ foot: ['one two three four five six seven eight nine'] }), '');
  expect(words).toContain('>one two three four five six </text>');
  expect(lines.slice(1).join('')).toBe(link);
  expect(Math.max(...lines.map(({ length }) => length)) * 6).toBeLessThanOrEqual(200);
  expect(pictureSize(made).height - pictureSize(picture({})).height).toBe(lines.length * 14 + 6);
});

test('a table is read back cell by cell, as it was written', () => {
  const cells = [
    ['token', 'p', 'x', 'y,z'],
    [' she', '0.25', '', 'a "b", c'],
    ['', 'two\r\nlines', '', ''],
    ['', '', '', ''],
  ];
  const [header = [], ...rows] = cells;
  expect(fromCsv(toCsv(header, rows))).toEqual(cells);
});

test('a table by tabs has the cells of the table by commas', () => {
  const rows = [
    [' she', 0.25, null, 'a "b", c'],
    ['tab\there', -1, true, 'two\r\nlines'],
    ['', '', '', ''],
  ];
  expect(toTsv(toCsv(['token', 'p', 'x', 'y,z'], rows))).toBe(
    ['token\tp\tx\ty,z', ' she\t0.25\t\ta "b", c', 'tab\\there\t-1\ttrue\ttwo\\r\\nlines', '\t\t\t'].join(
      '\r\n',
    ),
  );
});
