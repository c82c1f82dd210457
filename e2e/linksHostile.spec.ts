/** Links nobody should trust, through the real page: they change nothing or ask exactly what they say, and no script of theirs runs. */

import { mulberry32 } from '../src/base/random.ts';
import { decodeLink, encodeLink } from '../src/share/codec.ts';
import { compact, complete } from '../src/share/defaults.ts';
import type { Link } from '../src/share/schema.ts';
import { linkOf } from '../src/state/link.ts';
import { randomStates } from '../src/state/randomStates.suite.ts';
import { engineReady, expect, test } from './helpers.ts';

const EVIL = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
/** The same where a field is short. */
const SHORT = '<img src onerror=hacked=1>';
const evilToken = { id: 3, piece: EVIL };

/** Content with something hostile in each place that takes text, then content that no link may have. */
const HOSTILE: unknown[] = [
  { text: EVIL },
  { target: [evilToken], contrast: [evilToken] },
  { target: [{ id: 1e9, piece: ' x' }] },
  { pair: EVIL },
  { pair: EVIL, repos: { [EVIL]: { name: EVIL, revision: EVIL } } },
  { pair: '__proto__' },
  { view: { shown: [EVIL], compare: [EVIL, EVIL] } },
  { view: { shown: ['original', EVIL], compare: ['original', EVIL] } },
  { view: { open: EVIL, neuronsBy: EVIL } },
  { view: { open: '__proto__', neuronCount: 1e9, predictionCount: 1e9 } },
  { position: 1e9 },
  { pins: { place: { term: EVIL, layer: 1e9, head: 1e9 }, neuron: 1e9 }, view: { colourBy: 'neuron' } },
  { edits: [{ edit: { kind: 'zero', site: SHORT }, on: true, about: EVIL }] },
  { edits: [{ edit: { kind: 'set', site: 'L3H2', position: 1e9, value: 1e300 }, on: true, about: null }] },
  { edits: [{ edit: { kind: 'from-run', site: 'L2.z', source: { tokens: [1e9] } }, on: true, about: null }] },
  { generation: { leader: EVIL, maxTokens: SHORT, seed: SHORT, temperature: '1e999' } },
  { view: { open: 'norms' }, closer: { norms: { stage: 1e9, value: 'typed', typed: SHORT } } },
  { view: { open: 'writes' }, closer: { writes: { part: EVIL, input: SHORT } } },
  { view: { open: 'attention' }, closer: { attention: { epsilon: SHORT } } },
  {
    view: { open: 'patching' },
    closer: {
      patching: {
        clean: EVIL,
        corrupted: EVIL,
        target: [evilToken],
        wordsOf: EVIL,
        site: SHORT,
        typedPairs: EVIL,
      },
    },
  },
  {
    view: { open: 'patching' },
    closer: { patching: { cell: { layer: 1e9 }, granularity: SHORT, layer: 1e9 } },
  },
  { view: { open: 'text' }, closer: { text: { source: 'typed', typed: EVIL, window: 1e9 } } },
  {
    models: { original: { dtype: 'q8', weights: EVIL } },
    fingerprint: { [EVIL]: { top: 1, prob: 1, value: 1 } },
  },
  { text: 'x', [EVIL]: EVIL },
  { text: { toString: EVIL } },
  { view: { colourBy: EVIL } },
  { closer: { text: { source: 'file' } } },
  { prependBos: 'no' },
  [EVIL],
  JSON.parse('{"__proto__": {"polluted": true}, "text": "x"}'),
];

/** One slip each, of links of random states. */
async function mutated(count: number): Promise<string[]> {
  const next = randomStates(12);
  const random = mulberry32(13);
  const below = (n: number) => Math.floor(random() * n);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const whole = await encodeLink(linkOf(next()));
      const at = 3 + below(whole.length - 3);
      const evil = encodeURIComponent(EVIL);
      return [whole.slice(0, at), whole.slice(0, at) + evil, whole.slice(0, at) + whole.slice(at + 2)][
        below(3)
      ] as string;
    }),
  );
}

test('60 mutated and hostile links on one page', { tag: '@long' }, async ({ page }) => {
  page.on('dialog', () => expect(null, 'a script ran').toBe('no dialog'));
  await page.goto('/');
  await engineReady(page);
  const prompt = page.getByRole('textbox', { name: /prompt/i }).first();
  const refusal = page.getByRole('alert').filter({ hasText: 'The link could not be opened' });
  const waiting = page.getByRole('alert').filter({ hasText: 'This link is about' });
  const hostile = await Promise.all(HOSTILE.map((content) => encodeLink(content as Link)));
  let before = await prompt.inputValue();
  let [refused, opened, waited] = [0, 0, 0];
  for (const fragment of [...(await mutated(30)), ...hostile]) {
    const said = await decodeLink(fragment).catch(() => null);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, fragment);
    const here = said && !said.pair;
    const nobody = said?.view?.shown?.every((arm) => arm === EVIL) ?? false;
    if (!said || nobody) {
      await expect(refusal.first(), fragment).toBeVisible();
      await expect(prompt, fragment).toHaveValue(before);
      refused++;
    } else if (here) {
      await expect(prompt, fragment).toHaveValue(complete(said).text);
      // A place beyond the prompt is let go of: what is then as the page opens has a bare address before long.
      if (Object.keys(compact(complete({ ...said, position: null }))).length > 0)
        await expect
          .poll(() => page.evaluate(() => decodeURIComponent(location.hash)), { message: fragment })
          .not.toBe('');
      opened++;
      before = complete(said).text;
    } else {
      await expect(waiting, fragment).toBeVisible();
      await expect(prompt, fragment).toHaveValue(before);
      waited++;
    }
    expect(
      await page.evaluate(() => ['hacked' in window, 'polluted' in {}]),
      `a script of the link ran: ${fragment}`,
    ).toEqual([false, false]);
    await expect(page.getByRole('heading', { name: /it predicts/ })).toBeVisible(); // no blank page
    for (const close of await page.getByRole('button', { name: /^Dismiss:/ }).all())
      await close.click({ timeout: 1_000 }).catch(() => undefined); // gone meanwhile
  }
  expect(refused).toBeGreaterThanOrEqual(35);
  expect(opened).toBeGreaterThanOrEqual(15);
  expect(waited).toBe(3);
});

test('20 random states through their links, each on a fresh browser', { tag: '@long' }, async ({
  browser,
}) => {
  const next = randomStates(21);
  for (let i = 0; i < 20; i++) {
    const state = next();
    const words = (tokens: typeof state.target) => tokens.map(({ id, piece }) => ({ id: id % 8192, piece }));
    // Of the pair that is at hand, with a place that every prompt has.
    const link = linkOf({
      ...state,
      pair: 'demo',
      position: null,
      shown: state.shown.length > 0 ? state.shown : ['lnfree'],
      target: words(state.target),
      contrast: words(state.contrast),
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`/#${await encodeLink(link)}`);
    // As the page itself writes it, of what it has become; with its numbers, if they have come.
    const written = page.locator('input[aria-label="Link"]');
    await expect(async () => {
      const address = await written.inputValue({ timeout: 10_000 });
      expect(address).toContain('#v1.');
      const {
        demo: _demo,
        models: _models,
        fingerprint: _fingerprint,
        ...inputs
      } = await decodeLink(new URL(address).hash);
      expect(inputs).toEqual(link);
    }).toPass({ timeout: 60_000 });
    expect(faults).toEqual([]);
    await context.close();
  }
});
