/** A Hub, a network, a disk or a device that misbehaves in mid-load: a clear sentence, nothing lost, and a retry that finishes. */

import { mulberry32 } from '../src/base/random.ts';
import { jsonBytes, makeTinyCheckpoint } from '../src/weights/testing.ts';
import type { Fault } from '../tools/mockHub/faults.ts';
import { generateGpt2 } from '../tools/mockHub/gpt2.ts';
import { prependToWorker } from './helpers.ts';
import {
  demoAnswers,
  expect,
  largestDifference,
  load,
  logitsInPage,
  logitsOnCpu,
  open,
  test as withHub,
} from './hub.suite.ts';

const WEIGHTS = 'model.safetensors';
const TOKENS = [1, 2, 3, 5, 8];

/** Refused requests are the point here: the browser reports each as an error of its own. */
const test = withHub.extend({
  page: async ({ context }, use) => {
    const page = await context.newPage();
    await use(page);
    await page.close();
  },
});

test('what a Hub can do wrong, with its answers, its connections and its files', { tag: '@long' }, async ({
  page,
  hub,
}) => {
  await open(page);
  await test.step('it misbehaves: the load recovers, or says why and the next one finishes', async () => {
    const files = makeTinyCheckpoint({ seed: 9 });
    const size = files.get(WEIGHTS)?.length ?? 0;
    const expected = await logitsOnCpu(files, TOKENS);
    const cases: [what: string, fault: Fault, says: RegExp | null][] = [
      ['404', { kind: 'status', status: 404, path: WEIGHTS }, /404|not there|no such|does not have/i],
      ['401', { kind: 'status', status: 401, path: WEIGHTS }, /gated|private|token/i],
      ['403', { kind: 'status', status: 403, path: WEIGHTS }, /gated|private|token/i],
      ['an unknown repository', { kind: 'status', status: 401, path: 'api/revision' }, /name|private|gated/i],
      ['429, then fine', { kind: 'status', status: 429, retryAfter: 0, path: WEIGHTS, times: 2 }, null],
      ['500, then fine', { kind: 'status', status: 500, path: WEIGHTS, times: 1 }, null],
      ['503 of the API, then fine', { kind: 'status', status: 503, path: 'api', times: 1 }, null],
      ['Range ignored', { kind: 'ignore-range', path: WEIGHTS }, null],
      ['cut once', { kind: 'cut', at: Math.floor(size / 2), path: WEIGHTS, times: 1 }, null],
      [
        'a truncated file',
        { kind: 'truncate', at: Math.floor(size / 2), path: WEIGHTS },
        /end|short|size|bytes/i,
      ],
      ['another byte', { kind: 'wrong-byte', at: size - 5, path: WEIGHTS }, /sha-?256/i],
      ['a web page', { kind: 'html', path: WEIGHTS }, /web page|HTML|bytes/i],
      ['a wrong Content-Range', { kind: 'wrong-content-range', path: WEIGHTS }, /range|bytes/i],
    ];
    for (const [i, [what, fault, says]] of cases.entries()) {
      const repo = `test/fault-${i}`;
      // Of its own seed's bytes only where kept bytes must not help: the store is content-addressed.
      hub.add(repo, { files: new Map([...files, ['config.json', withSeed(files, i)]]) });
      await page.evaluate(async () => {
        const { files } = await normless.storage();
        await normless.deleteStored({ ids: files.map(({ id }) => id) });
      });
      hub.fault(fault);
      const first = await load(page, repo, { model: repo });
      if (says === null) expect(first, what).toMatchObject({ ok: true });
      else {
        expect(first, what).toMatchObject({ ok: false, message: expect.stringMatching(says) });
        expect(['LoadError', 'InputError'], what).toContain(first.ok ? '' : first.name);
        hub.behave();
        expect(await load(page, repo, { model: repo }), `${what}, again`).toMatchObject({ ok: true });
      }
      hub.behave();
      const found = await logitsInPage(page, repo, 'model', TOKENS);
      expect(largestDifference(expected, found), what).toBeLessThan(2e-3);
      await page.evaluate((pair) => normless.remove({ pair }), repo);
    }
    expect(await demoAnswers(page)).toBe(true);
  });
  await test.step('a connection cut at random bytes goes on where it was', async () => {
    const files = generateGpt2({ size: { nLayers: 1, nHeads: 2, dModel: 128, dVocab: 5000 } });
    const size = files.get(WEIGHTS)?.size ?? 0;
    hub.add('test/cut', { files });
    const random = mulberry32(20);
    for (let seed = 0; seed < 5; seed++) {
      hub.fault({ kind: 'cut', at: Math.floor(random() * size), path: WEIGHTS, times: 1 });
      hub.forget();
      expect(await load(page, 'cut', { model: 'test/cut' }), `seed ${seed}`).toMatchObject({ ok: true });
      // What was in flight in other windows may be asked for again, the file from its beginning may not.
      expect(hub.bytesServed(WEIGHTS), `seed ${seed}`).toBeLessThan(1.9 * size);
      hub.behave();
      await page.evaluate(async () => {
        await normless.remove({ pair: 'cut' });
        const { files } = await normless.storage();
        await normless.deleteStored({ ids: files.map(({ id }) => id) });
      });
    }
  });
  await test.step('damaged and foreign checkpoints are refused, each with its reason', async () => {
    const good = makeTinyCheckpoint({ seed: 6 });
    const weights = good.get(WEIGHTS) as Uint8Array;
    const config = JSON.parse(new TextDecoder().decode(good.get('config.json')));
    const length = (value: bigint) => {
      const bytes = weights.slice();
      new DataView(bytes.buffer).setBigUint64(0, value, true);
      return bytes;
    };
    const header = (change: (entry: Record<string, unknown>, name: string) => void) => {
      const end = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true));
      const json = JSON.parse(new TextDecoder().decode(weights.subarray(8, end)));
      for (const [name, entry] of Object.entries(json)) change(entry as Record<string, unknown>, name);
      const text = jsonBytes(json);
      const bytes = new Uint8Array(8 + text.length + weights.length - end);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      bytes.set(weights.subarray(end), 8 + text.length);
      return bytes;
    };
    const only = (part: string, change: (entry: Record<string, unknown>) => void) =>
      header((entry, name) => name.includes(part) && change(entry));
    const withConfig = (change: Record<string, unknown>) =>
      new Map([...good, ['config.json', jsonBytes({ ...config, ...change })]]);
    const withWeights = (bytes: Uint8Array) => new Map([...good, [WEIGHTS, bytes]]);
    const cases: [what: string, files: Map<string, Uint8Array>, says: RegExp][] = [
      ['header length 0', withWeights(length(0n)), /header|damaged|JSON/i],
      ['header length 2^63', withWeights(length(1n << 63n)), /header/],
      ['header past the end', withWeights(length(BigInt(weights.length))), /header/],
      ['truncated', withWeights(weights.slice(0, weights.length - 100)), /truncated/],
      ['overlapping', withWeights(only('h.1.mlp.c_fc.bias', (e) => (e.data_offsets = [0, 192]))), /overlap/],
      [
        'outside',
        withWeights(only('h.1.mlp.c_fc.bias', (e) => (e.data_offsets = [1e9, 1e9 + 192]))),
        /truncated|end/,
      ],
      ['an unknown dtype', withWeights(only('h.1.mlp.c_fc.weight', (e) => (e.dtype = 'F4'))), /F4/],
      ['a shape that is not the config’s', withConfig({ n_layer: 2, n_embd: 24 }), /shape|config/],
      ['not GPT-2', withConfig({ model_type: 'llama', architectures: ['LlamaForCausalLM'] }), /llama/i],
      ['eps and gain disagreeing', withConfig({ layer_norm_epsilon: 1e12 }), /half-converted/],
    ];
    for (const [i, [what, files, says]] of cases.entries()) {
      hub.add(`test/bad-${i}`, { files });
      const outcome = await load(page, `bad-${i}`, { model: `test/bad-${i}` });
      expect(outcome, what).toMatchObject({
        ok: false,
        name: 'LoadError',
        message: expect.stringMatching(says),
      });
    }
    const nan = weights.slice();
    new DataView(nan.buffer).setFloat32(nan.length - 4 * 200, Number.NaN, true);
    hub.add('test/nan', { files: withWeights(nan) });
    expect(await load(page, 'nan', { model: 'test/nan' })).toMatchObject({ ok: true });
    const [pair] = await page.evaluate(async () => (await normless.pairs()).filter(({ id }) => id === 'nan'));
    expect(pair?.arms[0]?.check).toMatchObject({ ok: false, nonFinite: [{ count: 1 }] });
    expect(await load(page, 'nan', { model: 'test/nan' }, { dtype: 'q8' })).toMatchObject({
      ok: false,
      name: 'LoadError',
    });
    expect(await logitsInPage(page, 'nan', 'model', TOKENS)).toHaveLength(TOKENS.length * 29); // as it was: f32
    expect(await demoAnswers(page)).toBe(true);
  });
});

/** The same configuration in other bytes, so that its blob is another one. */
function withSeed(files: ReadonlyMap<string, Uint8Array>, seed: number): Uint8Array {
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')));
  return jsonBytes({ ...config, seed });
}

const BIG = { size: { nLayers: 2, nHeads: 4, dModel: 256, dVocab: 40_000 } } as const; // about 49 MB

test('ended in the middle, by a reload and by a network that is gone', { tag: '@long' }, async ({
  page,
  context,
  hub,
}) => {
  await test.step('a reload loses nothing: the next load asks for the rest only', async () => {
    const files = generateGpt2(BIG);
    const size = files.get(WEIGHTS)?.size ?? 0;
    hub.add('test/half', { files });
    await open(page);
    hub.fault({ kind: 'stall', at: Math.floor(size / 2), path: WEIGHTS });
    void load(page, 'half', { model: 'test/half' }).catch(() => undefined); // ended by the reload
    const kept = () =>
      page.evaluate(async () => {
        const { files } = await normless.storage();
        return Math.max(0, ...files.map(({ stored }) => stored));
      });
    await expect.poll(kept, { timeout: 60_000 }).toBeGreaterThan(0.3 * size);
    await page.reload();
    await open(page);
    const before = await kept();
    expect(before).toBeGreaterThan(0.3 * size);
    hub.behave();
    hub.forget();
    expect(await load(page, 'half', { model: 'test/half' })).toMatchObject({ ok: true });
    expect(hub.bytesServed(WEIGHTS)).toBeLessThan(size - before + 2 ** 20);
  });
  await test.step('offline: it says so, keeps what arrived, and finishes when back', async () => {
    const files = generateGpt2({ ...BIG, seed: 2 });
    const size = files.get(WEIGHTS)?.size ?? 0;
    hub.add('test/away', { files });
    hub.fault({ kind: 'stall', at: Math.floor(size / 2), path: WEIGHTS });
    const first = load(page, 'away', { model: 'test/away' });
    const kept = () =>
      page.evaluate(async () =>
        Math.max(
          0,
          ...(await normless.storage()).files.filter(({ verified }) => !verified).map(({ stored }) => stored),
        ),
      );
    await expect.poll(kept, { timeout: 60_000 }).toBeGreaterThan(0.3 * size);
    await context.setOffline(true);
    hub.drop();
    expect(await first).toMatchObject({
      ok: false,
      name: 'LoadError',
      message: expect.stringMatching(/offline|connection/i),
    });
    await context.setOffline(false);
    hub.behave();
    hub.forget();
    expect(await load(page, 'away', { model: 'test/away' })).toMatchObject({ ok: true });
    expect(hub.bytesServed(WEIGHTS)).toBeLessThan(0.75 * size);
  });
});

/** A worker whose device refuses one small allocation, and whose disk is full after 20 MB. */
const REFUSALS = `{
      const { createBuffer, popErrorScope } = GPUDevice.prototype;
      let refusals = 1; // of the tiny model's: the demo has a larger tensor of this name
      let refused = false;
      GPUDevice.prototype.createBuffer = function (descriptor) {
        if (refusals > 0 && /blocks\\.1\\.mlp\\.W_in/.test(descriptor.label) && descriptor.size < 1e4) {
          refusals--;
          refused = true;
        }
        return createBuffer.call(this, descriptor);
      };
      GPUDevice.prototype.popErrorScope = function () {
        const answer = popErrorScope.call(this);
        if (!refused) return answer;
        refused = false;
        return answer.then(() => new GPUOutOfMemoryError('not enough memory left (by a test)'));
      };
    }
    {
      const write = FileSystemSyncAccessHandle.prototype.write;
      let left = 20e6;
      FileSystemSyncAccessHandle.prototype.write = function (...args) {
        left -= args[0].byteLength;
        if (left < 0) throw new DOMException('no space left (by a test)', 'QuotaExceededError');
        return write.apply(this, args);
      };
    }`;

test('a device and a disk that refuse', { tag: '@long' }, async ({ page, hub }) => {
  await prependToWorker(page, REFUSALS);
  await open(page);
  await test.step('an allocation: told by name, memory given back, and the retry finishes', async () => {
    const files = makeTinyCheckpoint({ seed: 4 });
    hub.add('test/refused', { files });
    const first = await load(page, 'refused', { model: 'test/refused' });
    expect(first).toMatchObject({
      name: 'DeviceError',
      message: expect.stringMatching(/W_in.*memory|memory.*W_in/),
    });
    expect(await load(page, 'refused', { model: 'test/refused' })).toMatchObject({ ok: true });
    const found = await logitsInPage(page, 'refused', 'model', TOKENS);
    expect(largestDifference(await logitsOnCpu(files, TOKENS), found)).toBeLessThan(2e-3);
  });
  await test.step('room on the disk: loaded all the same, not kept, and told', async () => {
    hub.add('test/full', { files: generateGpt2({ ...BIG, seed: 3 }) });
    const first = await load(page, 'full', { model: 'test/full' });
    expect(first).toMatchObject({ ok: true });
    expect(first.ok && first.notes.join()).toMatch(/storage|space|full/i);
    expect(await logitsInPage(page, 'full', 'model', TOKENS)).toHaveLength(TOKENS.length * 40_000);
  });
});
