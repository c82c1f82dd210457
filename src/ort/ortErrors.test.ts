/** ONNX Runtime's own words for a lack of room, as seen, and for anything else. */

import { expect, test } from 'vitest';
import { ortError } from './ortErrors.ts';

const job = { what: 'the weights of a GPT-2', bytes: 1_234_000_000, advice: 'Load a smaller one.' };

test.each([
  "Can't create a session. ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc",
  "Can't create a session. failed to allocate a buffer of size 4000000000.",
  'failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Tensor shape is too large',
  'failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: Integer overflow',
])('%s', (message) => {
  const error = ortError(job, new Error(message));
  expect(error.name).toBe('DeviceError');
  expect(error.message).toMatch(
    /no memory for the weights of a GPT-2: 1,234 MB were asked for.*Load a smaller one\./,
  );
  expect(error.data).toMatchObject({ lost: false, bytes: 1_234_000_000, said: message });
});

test('JavaScript’s own', () => {
  expect(ortError(job, new RangeError('Invalid typed array length: 5e9')).message).toContain('no memory for');
});

test('anything else is told as it is', () => {
  const error = ortError(job, new Error('No Op registered for Gelu'));
  expect(error.message).toContain('failed with the weights of a GPT-2: No Op registered for Gelu');
  expect(error.message).not.toContain('memory');
});
