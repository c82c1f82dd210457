/** The self-contained page: every number that was shown, nothing that runs or is fetched, no text that is markup. */

import { expect, test } from 'vitest';
import { glyphs } from '../ui/glyphs.ts';
import { bibtex } from './bibtex.ts';
import { analysisHtml } from './html.ts';
import { digits, html } from './htmlText.ts';
import { firstSnapshot } from './snapshot.suite.ts';
import { predictedTokens } from './snapshot.ts';

/** The cells of all tables, as texts. */
function cells(page: string): Set<string> {
  return new Set([...page.matchAll(/<t[hd][^>]*>([^<]*)<\/t[hd]>/g)].map(([, text]) => text ?? ''));
}

/** Every tag of a page with its attributes. */
function tags(page: string): string[] {
  return [...page.matchAll(/<[a-z!/][^>]*>/gi)].map(([tag]) => tag);
}

test('holds every number on show, to the last digit', () => {
  const snapshot = firstSnapshot();
  const shown = cells(analysisHtml(snapshot, glyphs));
  const [run] = snapshot.runs;
  if (!run) throw new Error('no run');
  const numbers = [
    ...predictedTokens(run).flatMap(({ scores }) =>
      ['original', 'lnfree'].flatMap((arm) => (scores[arm] ? [scores[arm].prob, scores[arm].logit] : [])),
    ),
    ...['original', 'lnfree'].flatMap((arm) => [
      ...(run.attribution?.component[arm]?.terms ?? []).map(({ value }) => value),
      ...(run.attribution?.head[arm]?.terms ?? []).map(({ value }) => value),
      run.attribution?.component[arm]?.actual ?? Number.NaN,
      run.predictions[arm]?.entropy ?? Number.NaN,
      ...(run.tokenStats[arm]?.loss.data ?? []),
    ]),
  ];
  expect(numbers.length).toBeGreaterThan(150);
  for (const value of numbers) expect(shown).toContain(digits(value));
  for (const value of numbers) expect(Math.fround(Number(digits(value)))).toBe(Math.fround(value));
});

test('runs nothing and asks nobody', () => {
  const page = analysisHtml(firstSnapshot(), glyphs);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
  for (const tag of tags(page)) {
    expect(tag).not.toMatch(/^<(script|img|iframe|link|object|embed|form|base|svg)/i);
    expect(tag).not.toMatch(/\s(src|on\w+|style)=/i);
  }
  expect(page).not.toMatch(/url\(|@import/);
});

test('hostile texts stay texts, wherever they come from', () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&lt;`;
  const base = firstSnapshot();
  const plain = tags(analysisHtml(base, glyphs)).length;
  const [run] = base.runs;
  if (!run) throw new Error('no run');
  const original = run.predictions.original;
  if (!original) throw new Error('no arm');
  const hostile = {
    ...base,
    version: evil,
    link: `https://x.example/${evil}`,
    pair: { id: evil, title: evil },
    pieces: base.pieces.map(() => evil),
    target: [{ id: 1, piece: evil }],
    arms: base.arms.map((arm) => ({ ...arm, title: evil, source: evil })),
    runs: [
      {
        ...run,
        predictions: {
          ...run.predictions,
          original: { ...original, top: original.top.map((token) => ({ ...token, piece: evil })) },
        },
      },
    ],
  };
  const page = analysisHtml(hostile, (piece) => piece);
  expect(tags(page).filter((tag) => /script|img/i.test(tag.slice(0, 8)))).toEqual([]);
  expect(tags(page)).toHaveLength(plain);
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(html`${`a"b'c&d`}`.text).toBe('a&quot;b&#39;c&amp;d');
});

test('the open panel is there as picture and table, and neither can do anything', () => {
  const evil = `"><script>alert(1)</script>`;
  const table = [
    ['head', evil],
    ['L0H1', '-0.00123456789'],
    ['007', '1e3'],
  ];
  const picture = `<svg xmlns="http://www.w3.org/2000/svg"><text>${evil}</text></svg>`;
  const page = analysisHtml(firstSnapshot(), glyphs, { title: evil, table, picture });
  const [image = '', ...others] = tags(page).filter((tag) => /^<(img|script|svg)/i.test(tag));
  expect(others).toEqual([]);
  expect(image).toMatch(/^<img src="data:image\/svg\+xml,[^"<>]*" alt="[^"<>]*">$/);
  expect(decodeURIComponent(/svg\+xml,([^"]*)"/.exec(image)?.[1] ?? '')).toBe(picture);
  expect(page).toContain('<td class="n">-0.00123456789</td>');
  expect(page).toContain('<td>1e3</td>'); // written so, and not by us
  expect(analysisHtml(firstSnapshot(), glyphs, { title: 'x', table: null, picture })).toContain('alone');
});

test('tells edits and what their numbers are', () => {
  const base = firstSnapshot();
  const [run] = base.runs;
  if (!run) throw new Error('no run');
  const edits = [{ kind: 'set', site: 'L0.mlp_post', neuron: 3, value: 2 }] as const;
  const page = analysisHtml(
    { ...base, about: ['twice <b>'], runs: [run, { ...run, name: 'edited', edits }] },
    glyphs,
  );
  expect(page).toContain('With the edits');
  expect(page).toContain('{&quot;kind&quot;:&quot;set&quot;,&quot;site&quot;:&quot;L0.mlp_post&quot;');
  expect(page).toContain('twice &lt;b&gt;');
});

test('BibTeX cites what CITATION.cff cites', async () => {
  const { readFile } = await import('node:fs/promises');
  const cff = await readFile('CITATION.cff', 'utf8');
  const entries = bibtex('0.1.0', 'https://normless.example/').replaceAll(/[{}]/g, '');
  const titles = [...cff.matchAll(/title: "([^"]+)"/g)].map(([, title]) => title);
  expect(titles).toHaveLength(2);
  for (const title of titles) expect(entries).toContain(title);
  for (const [, name] of cff.matchAll(/family-names: (\w+)/g)) expect(entries).toContain(`${name}, `);
  expect(entries).toContain('2507.02559');
  expect(bibtex('1}, evil = {', 'x')).not.toContain('evil = {');
});
