/** The paper's claims in the session: measured in turn, stopped, failed, kept and marked, hashed. */

import { beforeEach, expect, test, vi } from 'vitest';
import { CLAIMS, type Claim } from '../claims/index.ts';
import { type Call, type FakeNormless, fakeNormless, later } from './fakeNormless.suite.ts';
import { initialState } from './initial.ts';
import {
  cancelMeasuring,
  hashWeights,
  isOfNow,
  lacks,
  measureClaims,
  resultOf,
  setPaperText,
  takePaperText,
} from './paper.ts';
import { connect } from './session.ts';
import { getState, setState } from './store.ts';

let fake: FakeNormless;
const claim = (id: number) => CLAIMS.find((each) => each.id === id) as Claim;
const paper = () => getState().closer.paper;

/** The next analysis that is asked for. */
async function asked(count: number): Promise<Call> {
  while (fake.calls.length < count) await new Promise((resolve) => setTimeout(resolve));
  return fake.calls[count - 1] as Call;
}

beforeEach(async () => {
  setState(initialState(), true);
  fake = fakeNormless();
  await connect(fake.normless, []);
});

/** Claim 14 asks token-stats alone: once for the prompt's tokens, once for the claim. */
async function measured(): Promise<void> {
  const before = fake.calls.length;
  const done = measureClaims([claim(14)]);
  (await asked(before + 1)).resolve();
  (await asked(before + 2)).resolve();
  await done;
}

test('a claim is measured on the pair, the arms and the prompt as they stand, and says what it is of', async () => {
  await measured();
  expect(fake.calls[0]).toMatchObject({
    id: 'token-stats',
    request: {
      pair: 'demo',
      arms: ['original', 'vanilla', 'lnfree'],
      text: getState().text,
      prependBos: true,
    },
  });
  expect(paper()).toMatchObject({ underWay: null, failed: {} });
  expect(paper().results).toHaveLength(1);
  expect(resultOf(getState(), 14)).toMatchObject({
    claim: 14,
    verdict: 'holds',
    pair: { id: 'demo' },
    prompt: { text: getState().text },
    arms: [{ dtype: 'f32', weights: [] }, {}, {}],
  });
  expect(resultOf(getState(), 1)).toBeNull();
});

test('what is typed once the button is pressed is of the next press', async () => {
  const { text } = getState();
  const done = measureClaims([claim(14)]);
  setState({ text: 'Typed on' });
  const call = await asked(1);
  expect(call.request.text).toBe(text);
  cancelMeasuring();
  call.resolve();
  await done;
});

test('again replaces it; of another prompt both are kept, and the one of now is shown', async () => {
  await measured();
  await measured();
  expect(paper().results).toHaveLength(1);
  const first = initialState().text;
  setState({ text: 'Another one' });
  const kept = resultOf(getState(), 14);
  expect(kept && isOfNow(getState(), kept)).toBe(false);
  await measured();
  expect(paper().results).toHaveLength(2);
  expect(resultOf(getState(), 14)?.prompt?.text).toBe('Another one');
  setState({ text: first });
  expect(resultOf(getState(), 14)?.prompt?.text).toBe(first);
});

test('what fails is told beside its claim, and the next one goes on', async () => {
  const done = measureClaims([claim(14), claim(14), claim(14)]);
  (await asked(1)).reject(new Error('The prompt is too long.'));
  expect(paper().underWay).toMatchObject({ claim: 14, total: 3 });
  (await asked(2)).resolve();
  (await asked(3)).resolve();
  await done;
  expect(fake.calls).toHaveLength(3); // the third has the second's answers
  expect(paper().failed[14]).toBe('The prompt is too long.');
  expect(paper().results).toHaveLength(1);
  await measured(); // another press clears it
  expect(paper().failed).toEqual({});
});

test('a cancel keeps what is there and takes nothing that comes later', async () => {
  await measured();
  const done = measureClaims([claim(14), claim(1)]);
  const call = await asked(3);
  cancelMeasuring();
  expect(call.request.signal?.aborted).toBe(true);
  call.resolve();
  await done;
  expect(paper()).toMatchObject({ underWay: null, failed: {} });
  expect(paper().results).toHaveLength(1);
  expect(fake.calls).toHaveLength(3);
});

test('hashing notes the weights with the results of this pair, as they were kept', async () => {
  await measured();
  const done = hashWeights();
  const call = await asked(3);
  expect(call).toMatchObject({ id: 'verify', request: { tokens: [expect.any(Number)] } });
  expect(paper().hashing).toBe(true);
  call.resolve();
  await done;
  const [result] = paper().results;
  for (const { weights } of result?.arms ?? [])
    expect(weights).toEqual([{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), of: 'parameters' }]);
  expect(paper().hashing).toBe(false);
});

test('a text lets claims about texts be measured', () => {
  expect(lacks(getState(), claim(27))).toMatch(/^Needs a text/);
  setPaperText('Some text.');
  expect(lacks(getState(), claim(27))).toBeNull();
  expect(lacks(getState(), claim(16))).toMatch(/GPT-2 small/);
});

test('a text pasted while the sample is fetched stays', async () => {
  const { promise: response, resolve: answer } = later<Response>();
  vi.stubGlobal('document', { baseURI: 'https://a.test/' });
  vi.stubGlobal('fetch', () => response);
  const taken = takePaperText();
  setPaperText('Pasted.');
  answer(new Response('The sample.'));
  await taken;
  vi.unstubAllGlobals();
  expect(paper().text).toBe('Pasted.');
});
