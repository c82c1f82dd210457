/** A graphics card with no room left: the page says so, keeps what it showed, and goes on when there is room again. */

import { answered, engineReady, expect, prependToWorker, test } from './helpers.ts';

test.use({ engine: 'wgsl' });

/** Once told to on the channel, every buffer beyond 64 kB finds no memory, reported as a full device does. */
const FILLABLE = `{
  let full = false;
  const channel = new BroadcastChannel('fill-device');
  channel.onmessage = ({ data }) => {
    full = data;
    channel.postMessage('heard');
  };
  const scopes = [];
  const { pushErrorScope, popErrorScope, createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.pushErrorScope = function (filter) {
    scopes.push({ filter, refused: false });
    return pushErrorScope.call(this, filter);
  };
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const scope = scopes.at(-1);
    if (full && descriptor.size > 65536 && scope?.filter === 'out-of-memory') scope.refused = true;
    return createBuffer.call(this, descriptor);
  };
  GPUDevice.prototype.popErrorScope = async function () {
    const { refused } = scopes.pop();
    const error = await popErrorScope.call(this);
    return refused ? new GPUOutOfMemoryError('a full device (by a test)') : error;
  };
}`;

test('out of memory: a clear sentence, what was shown stays, and the next prompt runs', {
  tag: '@long',
}, async ({ page }) => {
  const fill = (full: boolean) =>
    page.evaluate(async (data) => {
      const channel = new BroadcastChannel('fill-device');
      const heard = new Promise((resolve) => {
        channel.onmessage = resolve;
      });
      channel.postMessage(data);
      await heard;
      channel.close();
    }, full);
  const tokens = page
    .getByRole('table', { name: 'Tokens of the prompt, one column each' })
    .getByRole('button');
  const prompt = page.getByRole('textbox').first();

  await prependToWorker(page, FILLABLE);
  await page.goto('/');
  await engineReady(page);
  await answered(page);

  await fill(true);
  await prompt.fill('Sam saw a big red ball. He wanted the one that was '.repeat(4));
  await expect(page.getByRole('alert').filter({ hasText: 'no memory left' }).first()).toBeVisible({
    timeout: 60_000,
  });
  await expect(tokens).toHaveCount(20);

  await fill(false);
  await prompt.fill('Sam saw a big red ball. He wanted the');
  await expect(tokens).toHaveCount(12, { timeout: 60_000 });
  await answered(page);
});
