import { beforeAll, describe, expect, test } from 'vitest';
import {
  cpuDevice,
  cpuEngines,
  createCpuService,
  losableDevice,
  NO_HUB,
  NODE,
} from '../../tools/cpuService.ts';
import { DEMO } from '../../tools/demo.ts';
import { DeviceError, UnsupportedError } from '../base/errors.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Ops } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import type { EngineStatus } from './api.ts';
import type { Device } from './device.ts';
import type { RegisteredPair } from './registry.ts';
import { EngineService } from './service.ts';

const { nLayers, nHeads, dModel, dMlp } = DEMO;

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

describe('the demo pair on the CPU twin', () => {
  const service = createCpuService();
  beforeAll(() => service.start());

  test('every arm is loaded, with its source, storage and configuration', async () => {
    const [demo] = await service.pairs();
    expect(demo?.arms.map((arm) => [arm.id, arm.loaded, arm.dtype, arm.config?.norm.kind])).toEqual([
      ['original', true, 'f32', 'layer'],
      ['vanilla', true, 'f32', 'layer'],
      ['lnfree', true, 'f32', 'linear'],
    ]);
  });

  test('run: BOS is prepended to text by default, never to tokens', async () => {
    const withBos = await service.run({
      text: 'The dog',
      hooks: ['logits', 'blocks.0.attn.hook_pattern'],
      arms: ['lnfree'],
    });
    expect(withBos.tokens).toEqual([8191, 464, 3290]);
    const { logits, 'blocks.0.attn.hook_pattern': pattern } = withBos.arms.lnfree?.activations ?? {};
    expect(logits).toMatchObject({ axes: ['pos', 'd_vocab'], shape: [3, 8192] });
    expect(pattern).toMatchObject({ axes: ['head', 'query', 'key'], shape: [nHeads, 3, 3] });
    expect((await service.run({ text: 'The dog', prependBos: false, hooks: [] })).tokens).toEqual([
      464, 3290,
    ]);
    expect((await service.run({ tokens: [464], prependBos: true, hooks: [] })).tokens).toEqual([464]);
    expect((await service.run({ text: '', hooks: [] })).tokens).toEqual([8191]);
    expect(await service.tokenize('The dog')).toEqual({ ids: [464, 3290], pieces: ['The', ' dog'] });
  });

  test('analyze: targets as ids, texts and sets; between has every two arms in order', async () => {
    const dla = await service.analyze('dla', { text: GIRL, target: ' she', contrast: [' he', 339] });
    expect(dla.arms.original).toMatchObject({ position: 19, target: [673], contrast: [339, 339] });
    expect(Object.keys(dla.between ?? {})).toEqual(['original|vanilla', 'original|lnfree', 'vanilla|lnfree']);
    const [a, b] = [dla.arms.original, dla.arms.lnfree];
    expect(dla.between?.['original|lnfree']?.sum).toBe((b?.sum ?? 0) - (a?.sum ?? 0));
    expect(dla.pieces.slice(0, 3)).toEqual(['<|endoftext|>', 'Once', ' upon']);
  });

  test('dla-per-position: every position’s next token, as predictions score it; texts as targets', async () => {
    const { arms, between, tokens } = await service.analyze('dla-per-position', { text: GIRL });
    expect(Object.keys(between ?? {})).toEqual(['original|vanilla', 'original|lnfree', 'vanilla|lnfree']);
    const { targets, heads, actual } = arms.lnfree ?? {};
    expect(targets).toEqual(tokens.slice(1));
    expect(heads).toMatchObject({ axes: ['position', 'layer', 'head'], shape: [19, nLayers, nHeads] });
    const score = await service.analyze('predictions', { text: GIRL, position: 7, arms: ['lnfree'] });
    expect(actual?.data[7]).toBeCloseTo(score.arms.lnfree?.next?.centeredLogit ?? Number.NaN, 4);

    const both = await service.analyze('dla-per-position', {
      text: 'The',
      targets: [' she', 339],
      contrasts: [' he', ' he'],
      unit: 'neuron',
      k: 3,
    });
    expect(both.arms.original).toMatchObject({ targets: [673, 339], contrasts: [339, 339] });
    expect(both.arms.original?.neurons?.map(({ length }) => length)).toEqual([3, 3]);
    expect(both.arms.original?.actual.data[1]).toBeCloseTo(0, 5);
  });

  test('confidence neurons: `by` chooses the indices shown on every arm', async () => {
    const request = { text: 'The dog', k: 4 };
    const byOriginal = await service.analyze('confidence-neurons', request);
    const byFree = await service.analyze('confidence-neurons', {
      ...request,
      by: 'lnfree',
      arms: ['original'],
    });
    expect(byOriginal.arms.lnfree?.neurons).toEqual(byOriginal.arms.original?.neurons);
    expect(byOriginal.arms.original?.ranking.map((s) => s.neuron)).toEqual(byOriginal.arms.original?.neurons);
    expect(byFree.arms.original?.neurons).toEqual(byOriginal.arms.lnfree?.ranking.map((s) => s.neuron));
    const values = [...(byOriginal.arms.original?.singularValues ?? [])].slice(0, -1);
    const unread = values.filter((value) => value < 1e-5 * (values[0] ?? 0)).length;
    expect(byOriginal.arms.original?.nullDimension).toBe(Math.max(Math.round(0.016 * DEMO.dModel), unread));
  });

  test('unload frees an arm; asking for a bundled one brings it back', async () => {
    await service.unload({ pair: 'demo', arms: ['vanilla'] });
    const loaded = async () => (await service.pairs())[0]?.arms.map((arm) => arm.loaded);
    expect(await loaded()).toEqual([true, false, true]);
    expect(Object.keys((await service.run({ text: 'a', hooks: [] })).arms)).toEqual(['original', 'lnfree']);
    await service.run({ text: 'a', hooks: [], arms: ['vanilla'] });
    expect(await loaded()).toEqual([true, true, true]);
  });

  test('f16 storage of the demo is the very same model: its files are f16', async () => {
    // A prompt of its own: a run that others had asked more of would compute alike, but not bit for bit.
    const request = { text: 'Her red ball', hooks: ['logits'], arms: ['original'] };
    const before = await service.run(request);
    await service.load({ pair: 'demo', arms: ['original'], dtype: 'f16' });
    expect((await service.pairs())[0]?.arms[0]?.dtype).toBe('f16');
    expect((await service.run(request)).arms).toEqual(before.arms);
    await service.load({ pair: 'demo', arms: ['original'], dtype: 'f32' });
  });

  test('disposing frees the run; a second time does nothing', async () => {
    const run = await service.run({ text: 'a', hooks: ['logits'] });
    await service.dispose(run);
    await service.dispose(run);
    expect((await service.run({ text: 'a', hooks: ['logits'] })).arms).toEqual(run.arms);
  });

  const bad: [string, () => Promise<unknown>, RegExp][] = [
    [
      'an empty prompt without BOS',
      () => service.run({ text: '', prependBos: false, hooks: [] }),
      /no tokens.*BOS/,
    ],
    [
      'a prompt beyond n_ctx',
      () => service.run({ tokens: Array(257).fill(1), hooks: [] }),
      /257 tokens.*at most 256.*by 1/,
    ],
    ['an id outside the vocabulary', () => service.run({ tokens: [8192], hooks: [] }), /8192.*0 to 8191/],
    ['half an id', () => service.run({ tokens: [1.5], hooks: [] }), /1\.5/],
    ['neither text nor tokens', () => service.run({ hooks: [] }), /either a text or token ids/],
    ['both', () => service.run({ text: 'a', tokens: [1], hooks: [] }), /either a text or token ids/],
    [
      'an unknown hook',
      () => service.run({ text: 'a', hooks: [`blocks.${nLayers}.hook_resid_pre`] }),
      new RegExp(`no hook blocks\\.${nLayers}.*${nLayers} layers`),
    ],
    ['an unknown pair', () => service.run({ text: 'a', pair: 'gpt5', hooks: [] }), /no pair 'gpt5'.*demo/],
    ['an unknown arm', () => service.run({ text: 'a', arms: ['free'], hooks: [] }), /no arm 'free'.*lnfree/],
    ['no arm', () => service.run({ text: 'a', arms: [], hooks: [] }), /No arm/],
    [
      'an engine there is not',
      () => service.run({ text: 'a', engine: 'tensorflow' as never, hooks: [] }),
      /no engine 'tensorflow'.*wgsl/,
    ],
    [
      'edits of an unknown kind',
      () => service.run({ text: 'a', hooks: [], edits: [{ kind: 'erase', site: 'L0.z' } as never] }),
      /Edit 1: there is no kind 'erase'/,
    ],
    [
      'an edit of an unknown site',
      () =>
        service.run({
          text: 'a',
          hooks: [],
          edits: [{ kind: 'freeze-norm', site: `L${nLayers}.ln1`, value: 1 }],
        }),
      new RegExp(`no norm 'L${nLayers}\\.ln1' in a model of ${nLayers} layers`),
    ],
    [
      'an edit of models without LayerNorm only',
      () =>
        service.run({
          text: 'a',
          hooks: [],
          arms: ['lnfree'],
          edits: [{ kind: 'freeze-norm', site: 'ln_final', value: 1 }],
        }),
      /nothing to freeze/,
    ],
    [
      'a generation that is edited',
      () => service.generate({ text: 'a', edits: [{ kind: 'freeze-norm', site: 'ln_final', value: 1 }] }),
      /generate cannot be edited/,
    ],
    [
      'an edited final norm, of what computes that norm anew',
      () =>
        service.analyze('direct-effect', {
          text: 'a girl',
          target: 673,
          edits: [{ kind: 'freeze-norm', site: 'ln_final', value: 1 }],
        }),
      /direct-effect computes the final norm anew/,
    ],
    [
      'an unknown analysis',
      () => service.analyze('lens' as 'dla', { text: 'a', target: 1 }),
      /no analysis 'lens'.*dla/,
    ],
    [
      'an analysis named like a method',
      () => service.analyze('toString' as 'dla', { text: 'a', target: 1 }),
      /no analysis/,
    ],
    ['no target', () => service.analyze('dla', { text: 'a' } as never), /needs a target/],
    ['a target of two tokens', () => service.analyze('dla', { text: 'a', target: ' xylophone' }), /xyl/],
    [
      'an unknown unit',
      () => service.analyze('dla', { text: 'a', target: 1, unit: 'layer' as 'head' }),
      /unit.*component/,
    ],
    [
      'an unknown gauge',
      () => service.analyze('dla', { text: 'a', target: 1, valueBias: 'x' as 'head' }),
      /valueBias/,
    ],
    [
      'one target for all positions',
      () => service.analyze('dla-per-position', { text: 'a', targets: ' she' as 'next' }),
      /targets must be a list.*each position.*'next'/,
    ],
    [
      'too few targets',
      () => service.analyze('dla-per-position', { text: 'a', targets: [' she'] }),
      /targets are 1.*must be 2/,
    ],
    [
      'a hole in the contrasts',
      () => service.analyze('dla-per-position', { text: 'a', contrasts: [null as never] }),
      /contrasts must be a list/,
    ],
    [
      'a unit there is not per position',
      () => service.analyze('dla-per-position', { text: 'a', unit: 'component' as 'head' }),
      /unit.*head, neuron/,
    ],
    [
      'a score of no token',
      () => service.analyze('predictions', { text: 'a', score: [8192] }),
      /8192 in the score.*0 to 8191/,
    ],
    [
      'a position outside',
      () => service.analyze('predictions', { text: 'a', position: 2 }),
      /Position 2.*0 to 1/,
    ],
    ['k of 0', () => service.analyze('predictions', { text: 'a', k: 0 }), /k is 0.*1 to 64/],
    [
      'k beyond the vocabulary',
      () => service.analyze('confidence-neurons', { text: 'a', k: dMlp + 1 }),
      new RegExp(`k is ${dMlp + 1}.*${dMlp}`),
    ],
    [
      'a null space of everything',
      () => service.analyze('confidence-neurons', { text: 'a', nullDimension: dModel }),
      new RegExp(`${dModel - 1}`),
    ],
    ['a dtype that is not there', () => service.load({ pair: 'demo', dtype: 'q4' as 'f16' }), /'q4'.*q8/],
    ['files under a bundled id', () => service.loadFiles({ id: 'demo', arms: {} }), /'demo'.*another id/],
    ['no files', () => service.loadFiles({ id: 'mine', arms: {} }), /No arm/],
  ];
  test.each(bad)('%s is an InputError that says what to do', async (_, ask, message) => {
    await expect(ask()).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(message),
    });
    // And nothing is broken by it.
    expect((await service.run({ text: 'a', hooks: [] })).tokens).toEqual([8191, 64]);
  });

  test('a superseded request never starts, a running one stops at the next arm', async () => {
    const early = AbortSignal.abort(new Error('too late'));
    await expect(service.run({ text: 'a', hooks: [], signal: early })).rejects.toThrow('too late');
    const controller = new AbortController();
    const seen: string[] = [];
    const request = service.analyze('token-stats', {
      text: GIRL,
      signal: controller.signal,
      onProgress: ({ phase }) => {
        seen.push(phase);
        controller.abort(new Error('changed my mind'));
      },
    });
    await expect(request).rejects.toThrow('changed my mind');
    expect(seen).toEqual(['token-stats of original']);
  });
});

describe('checkpoints picked from disk', () => {
  const files = (options: TinyCheckpointOptions) =>
    [...makeTinyCheckpoint(options)].map(([name, bytes]) => new File([bytes], name));

  async function started() {
    const service = createCpuService();
    await service.start();
    return service;
  }

  test('a pair of arms loads, runs on ids, and has no text without a tokenizer', async () => {
    const service = await started();
    const info = await service.loadFiles({
      id: 'mine',
      title: 'My pair',
      arms: { original: files({ form: 'layer' }), lnfree: files({ form: 'lnfree-2025', shards: 2 }) },
      dtype: 'f16',
    });
    expect(info).toMatchObject({
      id: 'mine',
      title: 'My pair',
      arms: [{ id: 'original', dtype: 'f16' }, { id: 'lnfree' }],
    });
    const dla = await service.analyze('dla', { tokens: [1, 2, 3], target: 4 }); // the new pair is the current one
    expect(dla.pair).toBe('mine');
    expect(dla.pieces).toEqual(['#1', '#2', '#3']);
    expect(dla.arms.lnfree?.error).toBeLessThan(1e-4);
    await expect(service.run({ text: 'a', hooks: [] })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('tokenizer.json'),
    });
    await expect(service.analyze('dla', { tokens: [1], target: ' a' })).rejects.toMatchObject({
      name: 'InputError',
    });
    await service.unload({ pair: 'mine' });
    await expect(service.run({ tokens: [1], hooks: [], arms: ['lnfree'] })).rejects.toMatchObject({
      message: expect.stringContaining('not loaded'),
    });
  });

  test('arms with different vocabularies are refused, and what was there stays', async () => {
    const service = await started();
    await service.loadFiles({ id: 'mine', arms: { original: files({}) } });
    const attempt = service.loadFiles({
      id: 'mine',
      arms: { original: files({}), lnfree: files({ dVocab: 31, form: 'lnfree-2025' }) },
    });
    await expect(attempt).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/29.*31|31.*29/),
    });
    expect((await service.run({ pair: 'mine', tokens: [1], hooks: [] })).pair).toBe('mine');
  });

  test('values that are not finite are named on the arm', async () => {
    const service = await started();
    const checkpoint = makeTinyCheckpoint({ form: 'layer' });
    const bytes = checkpoint.get('model.safetensors') as Uint8Array<ArrayBuffer>;
    const header = JSON.parse(
      new TextDecoder().decode(
        bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
      ),
    );
    const at =
      8 +
      Number(new DataView(bytes.buffer).getBigUint64(0, true)) +
      header['transformer.h.1.mlp.c_fc.weight'].data_offsets[0];
    new DataView(bytes.buffer).setFloat32(at, Number.NaN, true);
    const info = await service.loadFiles({
      id: 'nan',
      arms: { original: [...checkpoint].map(([name, b]) => new File([b], name)) },
    });
    expect(info.arms[0]?.check).toMatchObject({
      ok: false,
      nonFinite: [{ name: 'blocks.1.mlp.W_in', count: 1 }],
      message: expect.stringContaining('blocks.1.mlp.W_in has 1'),
    });
  });
});

describe('a device that fails', () => {
  const tinyRegistry: RegisteredPair[] = [
    {
      id: 'demo',
      title: 'Tiny',
      about: '',
      architecture: { nLayers: 2, nHeads: 3, dModel: 12, nCtx: 16, dVocab: 29 },
      arms: [
        {
          id: 'original',
          title: 'Original',
          about: '',
          license: null,
          source: { bundled: 'tiny' },
          norm: 'layer',
          files: 1,
        },
      ],
    },
  ];

  function service(openDevice: () => Promise<Device>, statuses: EngineStatus[] = []) {
    return new EngineService({
      ...cpuEngines(openDevice),
      surroundings: NODE,
      registry: tinyRegistry,
      hub: NO_HUB,
      openBundled: () => memoryFiles(makeTinyCheckpoint({ form: 'layer' })),
      onStatus: (status) => statuses.push(status),
    });
  }

  test('lost in mid-run: rebuilt, everything loaded again, the run repeated, and it says so', async () => {
    const device = losableDevice();
    const statuses: EngineStatus[] = [];
    let opened = 0;
    const engine = service(() => {
      opened++;
      return device.open();
    }, statuses);
    await engine.start();
    const before = await engine.run({ tokens: [1, 2], hooks: ['logits'] });
    device.lose();
    const after = await engine.run({ tokens: [1, 2], hooks: ['logits'] });
    expect(after.arms).toEqual(before.arms);
    expect(opened).toBe(2);
    expect(statuses.map((s) => s.phase)).toContain('recovering');
    expect(statuses.at(-1)).toMatchObject({
      phase: 'ready',
      recoveries: 1,
      message: expect.stringContaining('repeated'),
    });
  });

  test('out of memory in a run: told once, and the next try starts clean', async () => {
    let full = false;
    const backend = createCpuBackend();
    const arena = (label: string): Ops => {
      const ops = backend.arena(label);
      const read = ops.read.bind(ops);
      const spoilt = full; // as on a GPU: a run that found no memory never reads well again
      ops.read = async (tensors) => {
        if (spoilt)
          throw new DeviceError('The graphics device has no memory left for logits.', { lost: false });
        return read(tensors);
      };
      return ops;
    };
    const engine = service(async () => cpuDevice({ ...backend, arena }));
    await engine.start();
    full = true;
    const ask = () => engine.run({ tokens: [1, 2], hooks: ['logits'] });
    await expect(ask()).rejects.toMatchObject({
      name: 'DeviceError',
      message: expect.stringContaining('no memory'),
    });
    full = false;
    expect((await ask()).tokens).toEqual([1, 2]);
  });

  test('lost for good: the run fails with a DeviceError, later ones say why nothing runs', async () => {
    const device = losableDevice();
    let opened = 0;
    const engine = service(async () => {
      if (opened++ > 0) throw new UnsupportedError('No adapter is left.');
      return device.open();
    });
    await engine.start();
    device.lose();
    await expect(engine.run({ tokens: [1], hooks: ['logits'] })).rejects.toThrow('No adapter is left.');
    await expect(engine.run({ tokens: [1], hooks: ['logits'] })).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringContaining('No adapter is left.'),
    });
  });

  test('nothing can run: start rejects with the UnsupportedError, the status carries it, text still becomes tokens', async () => {
    const statuses: EngineStatus[] = [];
    const engine = new EngineService({
      ...cpuEngines(async () => {
        throw new UnsupportedError('This browser has no WebGPU.');
      }),
      surroundings: NODE,
      registry: tinyRegistry,
      hub: NO_HUB,
      openBundled: () => memoryFiles(new Map([['tokenizer.json', TOKENIZER]])),
      onStatus: (status) => statuses.push(status),
    });
    await expect(engine.start()).rejects.toMatchObject({ name: 'UnsupportedError' });
    expect(statuses.at(-1)).toMatchObject({
      phase: 'failed',
      error: {
        name: 'UnsupportedError',
        message: expect.stringMatching(/^This browser has no WebGPU\..*ONNX Runtime is not here/),
      },
    });
    await expect(engine.run({ tokens: [1], hooks: [] })).rejects.toMatchObject({ name: 'UnsupportedError' });
    expect((await engine.tokenize('Hi')).ids).toHaveLength(2);
  });

  test('a load on demand that fails says why and leaves the engine ready', async () => {
    const statuses: EngineStatus[] = [];
    let there = true;
    const engine = new EngineService({
      ...cpuEngines(),
      surroundings: NODE,
      registry: tinyRegistry,
      hub: NO_HUB,
      openBundled: () => memoryFiles(there ? makeTinyCheckpoint({ form: 'layer' }) : new Map()),
      onStatus: (status) => statuses.push(status),
    });
    await engine.start();
    await engine.unload({ pair: 'demo' });
    there = false;
    await expect(engine.run({ tokens: [1], hooks: [] })).rejects.toMatchObject({ name: 'LoadError' });
    expect(statuses.at(-1)?.phase).toBe('ready');
  });

  test('an arm that fails to load frees what was uploaded and leaves the others', async () => {
    const freed: number[] = [];
    const twin = createCpuBackend();
    let allocated = 0;
    const backend = {
      ...twin,
      allocate: ((...args) => {
        if (++allocated === 20) throw new DeviceError('Out of memory: h.1 needs 3 MB.');
        return twin.allocate(...args);
      }) as typeof twin.allocate,
      free: (tensors: Iterable<never>) => freed.push([...tensors].length),
    };
    const engine = service(async () => cpuDevice(backend));
    await expect(engine.start()).rejects.toMatchObject({
      name: 'DeviceError',
      message: expect.stringContaining('Out of memory'),
    });
    expect(freed).toEqual([19]);
  });
});

/** Every byte its own token. */
const TOKENIZER = new TextEncoder().encode(JSON.stringify(byteTokenizer()));

function byteTokenizer() {
  const printable = [...Array(256).keys()].filter((b) => (b > 32 && b < 127) || (b > 160 && b !== 173));
  let next = 256;
  const symbols = [...Array(256).keys()].map((b) => String.fromCodePoint(printable.includes(b) ? b : next++));
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: Object.fromEntries(symbols.map((s, i) => [s, i])), merges: [] },
  };
}
