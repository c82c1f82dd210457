/** A modal dialog in a real browser, where it says that it was closed only after the state that closed it. */

import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import { useModal } from './useModal.ts';

function Sheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <dialog {...useModal(open, onClose)} aria-label="Sheet">
      <button type="button">Inside</button>
    </dialog>
  );
}

test('closed and opened again at once, it stays open; Esc still closes it', async () => {
  const onClose = vi.fn();
  const screen = await render(<Sheet open onClose={onClose} />);
  const dialog = screen.getByRole('dialog', { name: 'Sheet' }).element();
  const closed = new Promise((done) => dialog.addEventListener('close', done, { once: true }));
  await screen.rerender(<Sheet open={false} onClose={onClose} />);
  await screen.rerender(<Sheet open onClose={onClose} />);
  await closed;
  await expect.element(screen.getByRole('button', { name: 'Inside' })).toBeVisible();
  expect(onClose).not.toHaveBeenCalled();
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => onClose.mock.calls.length).toBe(1);
});
