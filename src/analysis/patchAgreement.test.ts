import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../base/random.ts';
import { labelled } from '../tensor/tensor.ts';
import { agreementOf, correlation, meanAndStd, ranks, spreadOf } from './patchAgreement.ts';

const map = (...rows: number[][]) =>
  labelled(['layer', 'pos'], [rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));

describe('agreement of two maps', () => {
  test('a map with itself: no error, every sign, both correlations 1', () => {
    const own = map([0, 1, -2], [3, 0.5, 0]);
    const same = agreementOf([{ attribution: own, measured: own }]);
    expect(same.sumAbsError).toEqual([0, 0]);
    expect(same.meanAbsError).toEqual([0, 0]);
    expect(same.signAgreement).toBe(1);
    expect(same.correlation).toBeCloseTo(1, 12);
    expect(same.rankCorrelation).toBeCloseTo(1, 12);
  });

  test('errors by layer; entries that are nothing have no sign', () => {
    const measured = map([4, -2, 0], [1, 0, 0.001]);
    const attribution = map([3, 1, 0], [1, 0.5, -0.001]);
    const agreement = agreementOf([{ attribution, measured }]);
    expect(agreement.sumAbsError[0]).toBeCloseTo(4, 6);
    expect(agreement.sumAbsError[1]).toBeCloseTo(0.502, 6);
    expect(agreement.meanAbsError[0]).toBeCloseTo(4 / 3, 6);
    // 4 and 3 agree, −2 and 1 do not, 1 and 1 agree, 0 and 0.5 do not; the others are below 1e-3 of 4.
    expect(agreement.signAgreement).toBe(0.5);
  });

  test('several pairs: errors are means over them, signs and correlations of all entries together', () => {
    const pairs = [
      { attribution: map([1, 2]), measured: map([1, 4]) },
      { attribution: map([-10, 0]), measured: map([-6, 0]) },
    ];
    const agreement = agreementOf(pairs);
    expect(agreement.sumAbsError).toEqual([3]);
    expect(agreement.meanAbsError).toEqual([1.5]);
    expect(agreement.signAgreement).toBe(1);
    expect(agreement.correlation).toBeCloseTo(correlation([1, 2, -10, 0], [1, 4, -6, 0]) ?? NaN, 12);
  });

  test('a map that does not vary has no correlation, and nothing but zeros no sign', () => {
    const zeros = map([0, 0]);
    const agreement = agreementOf([{ attribution: zeros, measured: zeros }]);
    expect(agreement).toMatchObject({ signAgreement: null, correlation: null, rankCorrelation: null });
  });
});

describe('statistics', () => {
  test('correlation against its definition by covariances, and unmoved by scale and shift', () => {
    const random = mulberry32(5);
    const a = Array.from({ length: 101 }, random);
    const b = a.map((x) => x + random());
    const mean = (of: number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
    const covariance = mean(a.map((x, i) => x * (b[i] as number))) - mean(a) * mean(b);
    const variance = (of: number[]) => mean(of.map((x) => x * x)) - mean(of) ** 2;
    const expected = covariance / Math.sqrt(variance(a) * variance(b));
    expect(correlation(a, b)).toBeCloseTo(expected, 10);
    expect(
      correlation(
        a.map((x) => 3 - 2 * x),
        b,
      ),
    ).toBeCloseTo(-expected, 10);
  });

  test('ranks share places among equals, and only see the order', () => {
    expect(ranks([10, -1, 10, 3])).toEqual([2.5, 0, 2.5, 1]);
    expect(ranks([])).toEqual([]);
    const random = mulberry32(6);
    const a = Array.from({ length: 50 }, random);
    expect(ranks(a.map((x) => Math.exp(9 * x)))).toEqual(ranks(a));
  });

  test('deviations with n − 1; of one number 0', () => {
    expect(meanAndStd([1, 3])).toEqual({ mean: 2, std: Math.SQRT2 });
    expect(meanAndStd([7])).toEqual({ mean: 7, std: 0 });
    expect(
      spreadOf([
        [1, 5],
        [3, 5],
      ]),
    ).toEqual({ mean: [2, 5], std: [Math.SQRT2, 0] });
  });
});
