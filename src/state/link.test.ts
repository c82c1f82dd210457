/** A state becomes a link and comes back equal; what is damaged or hostile is refused by name and never becomes another state. */

import { expect, test } from 'vitest';
import { mulberry32 } from '../base/random.ts';
import { decodeLink, encodeLink, LONG, linkFile, readLinkFile, TOO_LONG } from '../share/codec.ts';
import { complete, DEFAULTS_V1 } from '../share/defaults.ts';
import { faultOf, type Link } from '../share/schema.ts';
import { initialState } from './initial.ts';
import { linkedState, linkOf } from './link.ts';
import { randomStates } from './randomStates.suite.ts';

const EVIL = '"><img src=x onerror=alert(1)><script>alert(1)</script>';

test('the page as it opens says nothing in its link, and a link that says nothing is that page', async () => {
  expect(linkOf(initialState())).toEqual({});
  const state = initialState();
  expect(linkedState({}, state)).toEqual({ ...linkedState(linkOf(state), state) });
  expect(complete({}).text).toBe(state.text);
  expect(await encodeLink({})).toMatch(/^v1\.[\w-]+\.[\w-]{8}$/);
});

/** What a panel keeps that no link carries, by panel: results, work under way, and files that stay with their owner. */
const NOT_LINKED: Record<string, readonly string[]> = {
  neuronAblation: ['counts'],
  patching: ['split', 'sweep', 'patchedRun', 'estimate'],
  text: ['file', 'asked', 'reading', 'progress', 'result', 'error'],
  paper: ['results', 'underWay', 'failed', 'hashing', 'hashError'],
};

test('every setting of every panel is in links, or named here as none of their business', () => {
  for (const [panel, settings] of Object.entries(initialState().closer)) {
    const linked = Object.keys(DEFAULTS_V1.closer[panel as keyof typeof DEFAULTS_V1.closer]);
    expect([...linked, ...(NOT_LINKED[panel] ?? [])].sort(), panel).toEqual(Object.keys(settings).sort());
  }
});

test('1,000 random states come back from their links, half of which are shorter than 500 characters', async () => {
  const next = randomStates(1);
  const lengths: number[] = [];
  const fresh = initialState();
  for (let i = 0; i < 1_000; i++) {
    const state = next();
    const link = await encodeLink(linkOf(state));
    expect(linkedState(await decodeLink(`#${link}`), fresh)).toEqual(linkedState(linkOf(state), state));
    expect(linkOf(linkedState(await decodeLink(link), fresh) as typeof state)).toEqual(linkOf(state));
    lengths.push(link.length);
  }
  lengths.sort((a, b) => a - b);
  expect(lengths[500]).toBeLessThan(500);
  expect(lengths[999]).toBeLessThan(LONG);
});

test('10,000 mutated links: each is refused by an InputError, or says just what the link it was made of says', async () => {
  const next = randomStates(2);
  const random = mulberry32(3);
  const below = (n: number) => Math.floor(random() * n);
  const alphabet = 'ABCxyz019-_.#%<>"\'&=+/ \n\0é東';
  let refused = 0;
  for (let i = 0; i < 1_000; i++) {
    const link = linkOf(next());
    const whole = await encodeLink(link);
    for (let m = 0; m < 10; m++) {
      let mutated = whole;
      for (let n = 0; n <= below(3); n++) {
        const [at, other] = [below(mutated.length), alphabet[below(alphabet.length)] as string];
        mutated = [
          mutated.slice(0, at),
          mutated.slice(0, at) + other + mutated.slice(at + 1),
          mutated.slice(0, at) + other + mutated.slice(at),
          mutated.slice(0, at) + mutated.slice(at + 1 + below(4)),
          mutated.slice(at) + mutated.slice(0, at),
        ][below(5)] as string;
      }
      try {
        expect(await decodeLink(mutated)).toEqual(link);
      } catch (error) {
        if ((error as Error).name !== 'InputError') throw error;
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(9_000);
});

/** Every string of a link replaced by something hostile, one at a time. */
function* hostile(value: unknown): Generator<unknown> {
  if (typeof value === 'string') {
    yield EVIL;
    yield 'x'.repeat(200_001);
    yield { toString: EVIL };
    yield 7;
  } else if (Array.isArray(value)) {
    for (const [i, part] of value.entries())
      for (const evil of hostile(part)) yield value.map((own, j) => (i === j ? evil : own));
    yield [...value, EVIL];
  } else if (value !== null && typeof value === 'object') {
    for (const [key, part] of Object.entries(value))
      for (const evil of hostile(part)) yield { ...value, [key]: evil };
    yield { ...value, [EVIL]: EVIL };
    yield JSON.parse(
      `{"__proto__": {"polluted": true}, ${JSON.stringify(value).slice(1)}`.replace(', }', '}'),
    );
  } else {
    for (const evil of [EVIL, [], {}, -1e308, 1e308, 0.5]) yield evil;
  }
}

test('hostile content is refused, or carried as the plain text that it is', () => {
  const next = randomStates(4);
  let [carried, refused] = [0, 0];
  for (let i = 0; i < 40; i++) {
    const link = linkOf(next());
    for (const evil of hostile(link)) {
      const { link: parsed, fault } = faultOf(evil);
      if (fault !== null) refused++;
      else {
        carried++;
        // Only where any text may stand: never in a choice, a number, or a key that the page does not know.
        expect(Object.keys(parsed)).toEqual(Object.keys(parsed).filter((key) => key in FIELDS));
      }
    }
  }
  expect((Object.prototype as { polluted?: boolean }).polluted).toBeUndefined();
  expect(carried).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(500);
});

const FIELDS: { [K in keyof Required<Link>]: true } = {
  text: true,
  prependBos: true,
  pair: true,
  demo: true,
  repos: true,
  position: true,
  target: true,
  contrast: true,
  view: true,
  pins: true,
  edits: true,
  closer: true,
  generation: true,
  models: true,
  fingerprint: true,
};

test.each([
  ['nothing', '', /does not begin like one/],
  ['another fragment', '#models', /does not begin like one/],
  ['a later version', '#v2.abc.def', /later version \(v2\)/],
  ['a cut link', '#v1.q1YqSa0oUbJSKslILVKIz', /checksum does not fit|some of it/],
  ['no body', '#v1..AAAA', /not from here/],
])('%s is no link', async (_, fragment, message) => {
  await expect(decodeLink(fragment)).rejects.toThrow(
    expect.objectContaining({ name: 'InputError', message: expect.stringMatching(message) }),
  );
});

test('a bomb is not inflated', async () => {
  const zeros = new Blob([new Uint8Array(64 * 2 ** 20)])
    .stream()
    .pipeThrough(new CompressionStream('deflate-raw'));
  const packed = new Uint8Array(await new Response(zeros).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', packed), 0, 6);
  const url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  await expect(decodeLink(`v1.${url(packed)}.${url(digest)}`)).rejects.toThrow(/it holds too much/);
});

test('what is too long for an address goes into a file and comes back', async () => {
  const random = mulberry32(6);
  const words = Array.from({ length: 1_500 }, () => random().toString(36).slice(2, 8));
  const state = { ...randomStates(5)(), text: words.join(' ') };
  expect((await encodeLink(linkOf(state))).length).toBeGreaterThan(TOO_LONG);
  expect(readLinkFile(linkFile(linkOf(state)))).toEqual(linkOf(state));
  expect(() => readLinkFile('{"a": 1}')).toThrow(/does not say that it is one/);
  expect(() => readLinkFile('not json')).toThrow(/no JSON/);
});
