/** The tokenizer against js-tiktoken, third-party vectors and hand-made trouble. */

import { readFileSync } from 'node:fs';
import { Tiktoken } from 'js-tiktoken/lite';
import { describe, expect, it } from 'vitest';
import { cutRanks, GPT2_TOKENS, makeTokenizer } from '../../tools/makeTokenizer.ts';
import { hasShared, readShared } from '../../tools/readShared.ts';
import { soak } from '../../tools/soak.ts';
import { InputError, LoadError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import cases from './fixtures/gpt2Cases.json' with { type: 'json' };
import { loadTokenizer } from './tokenizer.ts';

const DEMO_TOKENS = 8191;
const demoJson = readFileSync('public/models/demo/original/tokenizer.json', 'utf8');
const demo = loadTokenizer(JSON.parse(demoJson));
const full = loadTokenizer(JSON.parse(makeTokenizer(GPT2_TOKENS)));
const oracle = { demo: new Tiktoken(cutRanks(DEMO_TOKENS)), full: new Tiktoken(cutRanks(GPT2_TOKENS)) };

function thrown(call: () => unknown): InputError | LoadError {
  try {
    call();
  } catch (error) {
    return error as InputError | LoadError;
  }
  throw new Error('nothing was thrown');
}

describe('the shipped tokenizer.json', () => {
  it('is what makeTokenizer writes, byte for byte, for every arm', () => {
    const made = makeTokenizer(DEMO_TOKENS);
    for (const arm of ['original', 'vanilla', 'lnfree'])
      expect(readFileSync(`public/models/demo/${arm}/tokenizer.json`, 'utf8') === made, arm).toBe(true);
  });

  it('has GPT-2’s ids and <|endoftext|> last', () => {
    expect(demo.vocabSize).toBe(8192);
    expect(demo.encode('<|endoftext|>')).toEqual([8191]);
    expect(full.vocabSize).toBe(50257);
    expect(full.encode('<|endoftext|>')).toEqual([50256]);
  });
});

describe('full vocabulary', () => {
  it.each(cases)('$text', ({ text, ids }) => {
    expect(full.encode(text)).toEqual(ids);
    expect(full.decode(ids)).toBe(text);
  });

  it.skipIf(!hasShared)('agrees with every third-party vector', async () => {
    const lines = new TextDecoder()
      .decode(await readShared('vectors/gpt2-tokenizer.jsonl'))
      .trim()
      .split('\n');
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      const { text, ids, source } = JSON.parse(line) as { text: string; ids: number[]; source: string };
      expect(full.encode(text), source).toEqual(ids);
      expect(full.decode(ids), source).toBe(text);
    }
  });
});

/** Letters and words, white space of all kinds, digits, control characters, any code point, and halves of pairs. */
function randomText(next: () => number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const words = [
    'the',
    ' once',
    ' upon',
    "'s",
    "'LL",
    ' Lily',
    'said',
    '!!',
    '…',
    ' 2026',
    '<|endoftext|>',
    '日本',
    'é',
    '👩‍🚀',
  ];
  const spaces = [' ', '  ', '\n', '\t', '\r\n', '\u00a0', '\u2003', '\ufeff', '\u200b'];
  const parts = [
    () => pick(words),
    () => pick(spaces),
    () => String.fromCharCode(Math.floor(next() * 128)),
    () => String.fromCodePoint(Math.floor(next() * 0x11_0000)), // surrogates on their own among them
    () => String.fromCharCode(0xd800 + Math.floor(next() * 0x800)),
  ];
  return Array.from({ length: Math.floor(next() * 24) }, () => pick(parts)()).join('');
}

describe('fuzz against js-tiktoken', () => {
  it.each(['demo', 'full'] as const)('%s', (which) => {
    const ours = which === 'demo' ? demo : full;
    const next = mulberry32(2026);
    for (let i = 0; i < soak(400); i++) {
      const text = randomText(next);
      const ids = ours.encode(text);
      expect(ids, JSON.stringify(text)).toEqual(oracle[which].encode(text.toWellFormed(), 'all'));
      expect(ours.decode(ids), JSON.stringify(text)).toBe(text.toWellFormed());
    }
  });
});

describe('text that is no clean text', () => {
  it.each([
    ['a lone high surrogate', 'a\ud83d b', 'a\ufffd b'],
    ['a lone low surrogate', '\udc00', '\ufffd'],
    ['control characters', '\u0000\u0007\u001b[0m\u007f\u0085', '\u0000\u0007\u001b[0m\u007f\u0085'],
    ['a byte order mark', '\ufeffa', '\ufeffa'],
    ['tabs and form feeds', '\t\f\v', '\t\f\v'],
    ['nothing', '', ''],
  ])('%s', (_, text, expected) => {
    expect(demo.decode(demo.encode(text))).toBe(expected);
  });

  it('takes a hundred thousand characters without a space', () => {
    const text = 'ab'.repeat(50_000);
    expect(demo.decode(demo.encode(text))).toBe(text);
  });
});

describe('pieces', () => {
  it('show spaces and newlines as they are, and no BOS is added', () => {
    expect(demo.pieces(demo.encode('Once upon\n'))).toEqual(['Once', ' upon', '\n']);
  });

  it('show bytes that are no whole character, and lose none of them', () => {
    expect(full.pieces(full.encode('▁'))).toEqual(['<0xE2><0x96>', '<0x81>']);
    expect(full.pieces(full.encode(' 🌍'))).toEqual([' <0xF0><0x9F>', '<0x8C>', '<0x8D>']);
  });

  it('are unique for every token of GPT-2, so that none hides behind another', () => {
    const pieces = Array.from({ length: full.vocabSize }, (_, id) => full.piece(id));
    expect(new Set(pieces).size).toBe(full.vocabSize);
  });

  it('name ids past the vocabulary, as padded checkpoints have them', () => {
    expect(full.piece(50300)).toBe('<unused 50300>');
    expect(full.decode([15496, 50300])).toBe('Hello<unused 50300>');
  });

  it.each([-1, 1.5, Number.NaN])('refuse %s', (id) => {
    expect(thrown(() => demo.piece(id))).toBeInstanceOf(InputError);
    expect(thrown(() => demo.decode([id]))).toBeInstanceOf(InputError);
  });
});

describe('a target', () => {
  it('that is one token is its id', () => {
    expect(demo.single(' she')).toBe(673);
    expect(demo.single('<|endoftext|>')).toBe(8191);
  });

  it('that is two tokens shows the split, in words and as data', () => {
    const error = thrown(() => demo.single(' ball room'));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(
      '" ball room" is not one token but 2: " ball" + " room". Choose one of the parts, or another word.',
    );
    expect(error.data.split).toEqual(demo.encode(' ball room').map((id) => ({ id, piece: demo.piece(id) })));
    expect(error.data).not.toHaveProperty('suggestion');
  });

  it('that only lacks its space is told so', () => {
    const error = thrown(() => demo.single('Mary'));
    expect(error.message).toContain('With a space in front, " Mary", it is one token.');
    expect(error.data.suggestion).toBe(' Mary');
  });

  it('that is empty is told so', () => {
    const error = thrown(() => demo.single(''));
    expect(error.message).toContain('empty');
    expect(error.data.split).toEqual([]);
  });
});

describe('refused files', () => {
  const small = JSON.parse(makeTokenizer(300));
  const vocabWithout = (symbol: string) => {
    const { [symbol]: _, ...rest } = small.model.vocab;
    return rest;
  };
  it.each([
    ['no object', 'GPT-2', 'it has no "model"'],
    ['null', null, 'it has no "model"'],
    ['WordPiece', { ...small, model: { type: 'WordPiece', vocab: {} } }, 'its model is WordPiece'],
    ['Unigram', { ...small, model: { type: 'Unigram', vocab: [] } }, 'its model is Unigram'],
    ['no model type', { ...small, model: { vocab: {} } }, 'its model is unnamed'],
    ['a Metaspace BPE', { ...small, pre_tokenizer: { type: 'Metaspace' } }, 'its pre-tokenizer is Metaspace'],
    ['no pre-tokenizer', { ...small, pre_tokenizer: null }, 'its pre-tokenizer is none'],
    ['CLIP', { ...small, model: { ...small.model, end_of_word_suffix: '</w>' } }, 'words end in "</w>"'],
    ['no merges', { ...small, model: { ...small.model, merges: undefined } }, 'it has no merges'],
    [
      'a missing byte',
      { ...small, model: { ...small.model, vocab: vocabWithout('a') } },
      'lacks the byte 97',
    ],
    [
      'a huge id',
      { ...small, model: { ...small.model, vocab: { ...small.model.vocab, x: 4e9 } } },
      'the id 4000000000',
    ],
    [
      'an id that is text',
      { ...small, model: { ...small.model, vocab: { ...small.model.vocab, x: '7' } } },
      'the id "7"',
    ],
    ['a broken added token', { ...small, added_tokens: [{ id: 1 }] }, 'no id or no content'],
    ['added tokens that are no list', { ...small, added_tokens: 7 }, 'is no list'],
    ['merges that are no text', { ...small, model: { ...small.model, merges: [7] } }, 'is damaged'],
  ])('%s', (_, json, expected) => {
    const error = thrown(() => loadTokenizer(json));
    expect(error).toBeInstanceOf(LoadError);
    expect(error.message).toContain(expected);
  });

  it('but not an old file without the model’s type, nor a Sequence around ByteLevel', () => {
    const { type: _, ...untyped } = small.model;
    const sequence = { type: 'Sequence', pretokenizers: [small.pre_tokenizer] };
    const tokenizer = loadTokenizer({ ...small, model: untyped, pre_tokenizer: sequence });
    expect(tokenizer.encode(' the')).toEqual(loadTokenizer(small).encode(' the'));
  });
});
