import { describe, expect, test } from 'vitest';
import { createCpuService } from '../../tools/cpuService.ts';
import { LAST } from '../../tools/demo.ts';
import { IOI_TEMPLATES, type IoiOptions, ioiPairs } from './ioi.ts';

const all = () => true;
const seeded = (some: Partial<IoiOptions> = {}, isOneToken: (text: string) => boolean = all) =>
  ioiPairs({ set: 'seeded', count: 16, seed: 0, template: 0, ...some }, isOneToken);

describe('a seeded set', () => {
  test('four prompts of each two names; the corrupted one differs in the repeated name alone and flips the answer', () => {
    const pairs = seeded({ count: 480 });
    expect(pairs).toHaveLength(480);
    for (let first = 0; first < pairs.length; first += 4) {
      const four = pairs.slice(first, first + 4);
      const match = /^Then, (\w+) and (\w+) went to the (\w+)\. (\w+) gave a (\w+) to$/;
      const parts = four.map(({ clean }) => match.exec(clean.text)?.slice(1) ?? []);
      const [x, y, place, , object] = parts[0] as string[];
      expect(x).not.toBe(y);
      expect(parts).toEqual([
        [x, y, place, x, object],
        [x, y, place, y, object],
        [y, x, place, y, object],
        [y, x, place, x, object],
      ]);
      four.forEach(({ corrupted, target, contrast }, i) => {
        const subject = parts[i]?.[3];
        const answer = subject === x ? y : x;
        expect([target, contrast]).toEqual([` ${answer}`, ` ${subject}`]);
        expect(corrupted.text).toBe(four[i % 2 ? i - 1 : i + 1]?.clean.text);
      });
    }
  });

  test('a seed decides the prompts, a count only how many', () => {
    expect(seeded({ seed: 7 })).toEqual(seeded({ seed: 7 }));
    expect(seeded({ seed: 7 })).not.toEqual(seeded({ seed: 8 }));
    expect(seeded({ count: 3 })).toEqual(seeded({ count: 40 }).slice(0, 3));
  });

  test('every template is filled, with words that are one token only', () => {
    const known = [' Tom', ' Mary', ' John', ' Paul', ' store', ' drink'];
    for (const template of IOI_TEMPLATES.keys())
      for (const { clean, target } of seeded({ template }, (text) => known.includes(text))) {
        expect(clean.text).not.toMatch(/\[|\]/);
        expect([' Mary', ' John', ' Paul']).toContain(target);
        expect(clean.text.match(/Mary|John|Paul/g)).toHaveLength(3);
      }
  });

  test.each<[string, Partial<IoiOptions>, string]>([
    ['no count', { count: 0 }, 'count is 0'],
    ['half a seed', { seed: 0.5 }, 'seed is 0.5'],
    ['a template that is none', { template: 15 }, 'template is 15'],
    ['a set that is none', { set: 'all' as never }, 'seeded, paper, transformer-lens'],
  ])('%s is refused', (_, some, message) => {
    expect(() => seeded(some)).toThrow(message);
  });

  test('a vocabulary without the words is told so', () => {
    expect(() => seeded({}, (text) => text === ' Mary')).toThrow('1 of 99 names, 0 places, 0 objects');
  });
});

describe('published sets', () => {
  test('read as published', () => {
    const [first, second, third] = ioiPairs({ set: 'paper', count: 1, seed: 0, template: 0 }, all);
    expect(first).toEqual({
      clean: { text: 'Then, Jamie and Erin went to the house. Jamie gave a bone to' },
      corrupted: { text: 'Then, Jamie and Erin went to the house. Erin gave a bone to' },
      target: ' Erin',
      contrast: ' Jamie',
    });
    expect(second?.target).toBe(' Jamie');
    expect(third?.clean.text).toBe('Then, Sara and Katie went to the house. Sara gave a computer to');
    const lens = ioiPairs({ set: 'transformer-lens', count: 1, seed: 0, template: 0 }, all);
    expect(lens.map(({ clean }) => clean.text)).toEqual([
      'When John and Mary went to the shops, John gave the bag to',
      'When John and Mary went to the shops, Mary gave the bag to',
      'When Tom and James went to the park, Tom gave the ball to',
      'When Tom and James went to the park, James gave the ball to',
      'When Dan and Sid went to the shops, Dan gave an apple to',
      'When Dan and Sid went to the shops, Sid gave an apple to',
      'After Martin and Amy went to the park, Martin gave a drink to',
      'After Martin and Amy went to the park, Amy gave a drink to',
    ]);
  });

  test('are refused where a word is several tokens, by its name', () => {
    expect(() =>
      ioiPairs({ set: 'paper', count: 1, seed: 0, template: 0 }, (text) => text !== ' Erin'),
    ).toThrow('here Erin are more');
  });
});

describe('the demo', () => {
  test('has names enough, and a set of them is estimated as it is', async () => {
    const service = createCpuService();
    await service.start();
    const pairs = await service.ioi({ pair: 'demo', count: 4, seed: 3 });
    const result = await service.analyze('attribution-patching', {
      ...{ pair: 'demo', arms: ['original', 'lnfree'], pairs },
      ...{ site: 'z', granularity: 'head', layers: [LAST] },
    });
    expect(result.arms.original?.pairs).toBe(4);
    for (const { clean, differing } of result.prompts)
      expect([clean.tokens.length, ...differing]).toEqual([16, 11]);
    await expect(service.ioi({ pair: 'demo', set: 'paper' })).rejects.toThrow('Erin');
  });
});
