/** The scales and the arms' colours as protanopes, deuteranopes and tritanopes see them, in light and dark. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cellColour, type ScaleKind } from './colour.ts';

type Triple = [number, number, number];
type Row = readonly [number, number, number];
type Matrix = readonly [Row, Row, Row];

/** The least step that is noticed side by side, as CSS Color 4 takes it for gamut mapping: 0.02 of OKLab, black to white being 1. */
const NOTICED = 0.02;
/** For colours that say opposite things or name arms: four such steps, since they are compared across a map, in small marks. */
const APART = 4 * NOTICED;

/** Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency", severity 1.0; on linear RGB. */
const SIGHT = {
  common: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, Matrix>;

/** Ottosson 2020, "A perceptual color space for image processing": linear sRGB to cone responses, and their cube roots to OKLab. */
const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];
const FROM_LAB: Matrix = [
  [1, 0.3963377774, 0.2158037573],
  [1, -0.1055613458, -0.0638541728],
  [1, -0.0894841775, -1.291485548],
];
const FROM_CONES: Matrix = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
];

const times = (matrix: Matrix, [a, b, c]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * a + y * b + z * c) as Triple;
const shown = (rgb: Triple): Triple => rgb.map((x) => Math.min(1, Math.max(0, x))) as Triple;
const toLab = (rgb: Triple): Triple => times(TO_LAB, times(TO_CONES, rgb).map(Math.cbrt) as Triple);
const toLinear = (lab: Triple): Triple =>
  times(FROM_CONES, times(FROM_LAB, lab).map((x) => x ** 3) as Triple);

/** A colour in OKLab as it is seen, after what the screen cannot show is cut off. */
const seen = (lab: Triple, sight: Matrix): Triple => toLab(shown(times(sight, shown(toLinear(lab)))));
const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

const THEME = readFileSync(new URL('./theme.css', import.meta.url), 'utf8');

/** A custom property of the page in a theme, in OKLab. */
function property(name: string, theme: number): Triple {
  const declared = new RegExp(`${name}: light-dark\\((.*)\\);`).exec(THEME)?.[1] ?? '';
  const colour = [...declared.matchAll(/oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)/g)][theme];
  if (!colour) throw new Error(`theme.css does not declare ${name} by two oklch() colours.`);
  const [lightness, chroma, degrees] = colour.slice(1).map(Number) as Triple;
  const angle = (degrees * Math.PI) / 180;
  return [lightness / 100, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** What `cellColour` says, mixed as CSS would mix it. */
function cell(value: number, kind: ScaleKind, theme: number): Triple {
  const said = /^color-mix\(in oklab, var\((.+)\) ([\d.]+)%, var\((.+)\)\)$/.exec(cellColour(value, 1, kind));
  if (!said?.[1] || !said[3]) throw new Error(`No mix of two colours: ${cellColour(value, 1, kind)}`);
  const share = Number(said[2]) / 100;
  const [hue, page] = [property(said[1], theme), property(said[3], theme)];
  return hue.map((x, i) => share * x + (1 - share) * (page[i] as number)) as Triple;
}

/** From 0 to the limit of a scale. */
const STEPS = Array.from({ length: 21 }, (_, i) => i / 20);

const CASES = ['light', 'dark'].flatMap((theme, index) =>
  Object.entries(SIGHT).map(([name, sight]) => ({ theme, index, name, sight })),
);

test('OKLab has sRGB red where it is published, the way back is exact, and greys stay grey to everybody', () => {
  // #ff0000 is oklab(62.796% 0.22486 0.12585).
  const red = toLab([1, 0, 0]);
  expect(distance(red, [0.62796, 0.22486, 0.12585])).toBeLessThan(1e-4);
  expect(distance(toLab(toLinear(red)), red)).toBeLessThan(1e-6);
  for (const sight of Object.values(SIGHT)) {
    for (const row of sight) expect(row[0] + row[1] + row[2]).toBeCloseTo(1, 4);
  }
});

test.each<[keyof typeof SIGHT, Triple, Triple]>([
  ['protanopia', [0.6, 0.12, 0.07], [0.52, -0.06, 0.04]],
  ['deuteranopia', [0.6, 0.12, 0.07], [0.63, -0.09, 0.09]],
  ['tritanopia', [0.7, -0.05, -0.08], [0.7, -0.09, 0.02]],
])('simulated %s confuses two colours that are well apart otherwise', (name, one, other) => {
  const apart = (sight: Matrix) => distance(seen(one, sight), seen(other, sight));
  expect(apart(SIGHT.common)).toBeGreaterThan(APART);
  expect(apart(SIGHT[name])).toBeLessThan(APART / 2);
});

describe.each(CASES)('$theme, $name', ({ index, sight }) => {
  const at = (value: number, kind: ScaleKind) => seen(cell(value, kind, index), sight);
  const fault = seen(property('--fault', index), sight);

  test('diverging: the ends stay apart from each other and from 0, the signs of faint cells too', () => {
    const [low, zero, high] = [-1, 0, 1].map((value) => at(value, 'diverging')) as [Triple, Triple, Triple];
    expect(distance(low, high)).toBeGreaterThan(APART);
    expect(distance(low, zero)).toBeGreaterThan(APART);
    expect(distance(high, zero)).toBeGreaterThan(APART);
    expect(distance(at(-0.25, 'diverging'), at(0.25, 'diverging'))).toBeGreaterThan(NOTICED);
  });

  test.each([
    ['diverging', -1],
    ['diverging', 1],
    ['sequential', 1],
  ] as const)(
    '%s: towards %d lightness only falls on a light page, only rises on a dark one',
    (kind, end) => {
      const lightness = STEPS.map((share) => at(share * end, kind)[0]);
      const away = index === 0 ? -1 : 1;
      for (let i = 1; i < STEPS.length; i++) {
        expect(away * ((lightness[i] as number) - (lightness[i - 1] as number))).toBeGreaterThan(0);
      }
      expect(Math.abs((lightness.at(-1) as number) - (lightness[0] as number))).toBeGreaterThan(APART);
    },
  );

  test('a cell whose number is not finite is like no shade of either scale', () => {
    for (const share of STEPS) {
      for (const shade of [at(share, 'diverging'), at(-share, 'diverging'), at(share, 'sequential')]) {
        expect(distance(fault, shade)).toBeGreaterThan(APART);
      }
    }
  });

  // By colour alone: dots differ in shape too, but lines of two arms have the same look and only the legend names them.
  test.each([
    ['original', 'vanilla'],
    ['original', 'lnfree'],
    ['vanilla', 'lnfree'],
  ])('the colours of %s and %s stay apart, and both from the page', (one, other) => {
    const [a, b] = [one, other].map((arm) => seen(property(`--arm-${arm}`, index), sight)) as [
      Triple,
      Triple,
    ];
    const page = seen(property('--surface', index), sight);
    expect(distance(a, b)).toBeGreaterThan(APART);
    expect(distance(a, page)).toBeGreaterThan(APART);
    expect(distance(b, page)).toBeGreaterThan(APART);
  });
});
