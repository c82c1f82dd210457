/** The token picker in a real browser, where a tokenizer takes longer than a person’s fingers. */

import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import { TokenPicker } from './TokenPicker.tsx';

test('Enter takes what was typed until then; what is typed meanwhile stays', async () => {
  const { promise: free, resolve: release } = Promise.withResolvers<void>();
  const onReplace = vi.fn();
  const screen = await render(
    <TokenPicker
      label="Target token"
      tokens={[]}
      empty="a token"
      resolve={async (text) => {
        await free;
        return { ids: [text.length], pieces: [text] };
      }}
      onReplace={onReplace}
      onAdd={vi.fn()}
      onRemove={vi.fn()}
    />,
  );
  const field = screen.getByRole('textbox', { name: 'Target token' });
  await field.fill(' ball');
  await userEvent.keyboard('{Enter}');
  await field.fill(' dog');
  release();
  await expect.poll(() => onReplace.mock.calls).toEqual([[{ id: 5, piece: ' ball' }]]);
  await expect.element(screen.getByRole('button', { name: 'Use ␣dog' })).toBeVisible();
  await expect.element(field).toHaveValue(' dog');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => onReplace.mock.calls.length).toBe(2);
  await expect.element(field).toHaveValue('');
});
