import { expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from './half.ts';

test('every half survives the way to a float and back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToFloat(bits);
    if (Number.isNaN(value)) expect(Number.isNaN(halfToFloat(floatToHalf(value)))).toBe(true);
    else if (floatToHalf(value) !== bits) throw new Error(`${bits} became ${floatToHalf(value)}`);
  }
});

test('rounding is to the nearest, ties to even, at every exponent', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [halfToFloat(bits), halfToFloat(bits + 1)];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    if (floatToHalf(middle) !== even) throw new Error(`tie between ${bits} and ${bits + 1}`);
    if (floatToHalf(low + (high - low) * 0.25) !== bits) throw new Error(`below the tie after ${bits}`);
    if (floatToHalf(low + (high - low) * 0.75) !== bits + 1) throw new Error(`above the tie after ${bits}`);
  }
  expect(floatToHalf(65519)).toBe(0x7bff);
  expect(floatToHalf(65520)).toBe(0x7c00);
});
