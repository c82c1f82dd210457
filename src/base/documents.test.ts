/** Files of documents: plain, JSON and JSON lines, and what is refused of them. */

import { expect, test } from 'vitest';
import { documentsIn } from './documents.ts';

test.each([
  ['a plain text is one document', 'a.txt', 'One\ntwo ', ['One\ntwo ']],
  [
    'cut at end-of-text, with the line breaks around it',
    'a.txt',
    'One\n<|endoftext|>\nTwo<|endoftext|>Three\r\n<|endoftext|>\r\n',
    ['One', 'Two', 'Three'],
  ],
  ['a list', 'a.json', '["One", {"text": "Two", "id": 3}]', ['One', 'Two']],
  ['lines', 'A.JSONL', '"One"\n\n{"text": "Two\\n"}\n', ['One', 'Two\n']],
  ['nothing', 'a.txt', '', []],
])('%s', (_, name, content, documents) => {
  expect(documentsIn(name, content)).toEqual(documents);
});

test.each([
  ['a.json', '{"text": "One"}', 'no list of texts'],
  ['a.json', '[1]', 'entry 1'],
  ['a.json', '["One"', 'no JSON'],
  ['a.jsonl', '"One"\nTwo', 'line 2 is no JSON'],
  ['a.jsonl', '{"body": "One"}', 'line 1'],
])('%s with %s is refused', (name, content, message) => {
  expect(() => documentsIn(name, content)).toThrow(message);
});
