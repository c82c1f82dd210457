/** The models dialog in a real browser, as a person meets it: the list, the budget, a load and its ends, what is kept. */

import { beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import '../../ui/theme.css';
import { LoadError } from '../../base/errors.ts';
import type { AddRequest } from '../../engine/api.ts';
import { type FakeNormless, fakeNormless, later } from '../../state/fakeNormless.suite.ts';
import { initialState } from '../../state/initial.ts';
import { closeModels, openModels } from '../../state/models/dialog.ts';
import { cancelLoad } from '../../state/models/loading.ts';
import { connect } from '../../state/session.ts';
import { getState, setState } from '../../state/store.ts';
import { Page } from '../page.tsx';

let fake: FakeNormless;
beforeEach(async () => {
  cancelLoad();
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
});

async function open(pair: string) {
  const screen = await render(<Page />);
  await openModels(pair);
  return { screen, dialog: screen.getByRole('dialog', { name: 'Models' }) };
}

async function loading(pair = 'gpt2-small') {
  const opened = await open(pair);
  await opened.dialog.getByRole('button', { name: /^Load ·/ }).click();
  await expect.poll(() => fake.loads).toHaveLength(1);
  return { ...opened, call: fake.loads[0] };
}

/** A load that is half way through its second file. */
const HALF = {
  done: 746e6,
  total: 1.5e9,
  unit: 'bytes',
  phase: 'downloading',
  arm: 'lnfree',
  file: { name: 'model.safetensors', done: 248e6, total: 498e6 },
} as const;

describe('the list', () => {
  test('opens from the header at the current pair, and Esc leaves the page’s pins alone', async () => {
    const screen = await render(<Page />);
    await screen.getByRole('button', { name: 'Models', exact: true }).click();
    const dialog = screen.getByRole('dialog', { name: 'Models' });
    await expect.element(dialog.getByRole('heading', { name: 'Demo' })).toBeVisible();
    setState({ pinned: { layer: 1, head: 2 } });
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => getState().models.open).toBe(false);
    expect(getState().pinned).not.toBeNull();
    await expect.element(screen.getByRole('button', { name: 'Models', exact: true })).toHaveFocus();
  });

  test('a pair that is not loaded is chosen in the header’s list and opens here', async () => {
    const screen = await render(<Page />);
    await screen.getByRole('combobox', { name: 'Pair of models' }).selectOptions('gpt2-xl');
    await expect.element(screen.getByRole('heading', { name: 'GPT-2 XL' })).toBeVisible();
    expect(fake.loads).toEqual([]);
  });

  test('says what each model is, where its card is, and what it takes, before a byte moves', async () => {
    const { dialog } = await open('gpt2-small');
    const card = dialog.getByRole('link', { name: /^somebody\/gpt2-small-original/ });
    await expect.element(card).toHaveAttribute('href', 'https://huggingface.co/somebody/gpt2-small-original');
    await expect.element(card).toHaveAttribute('rel', 'noopener');
    await expect.element(dialog.getByRole('row', { name: /^Original/ })).toHaveTextContent('497.6 MB');
    await expect.element(dialog.getByRole('button', { name: 'Load · downloads 1.49 GB' })).toBeEnabled();
    await dialog.getByRole('checkbox', { name: 'Vanilla FT' }).click();
    await expect.element(dialog.getByRole('button', { name: 'Load · downloads 995.2 MB' })).toBeEnabled();
  });
});

describe('the budget', () => {
  test('that does not fit says so, offers what would, and loads nothing', async () => {
    const { dialog } = await open('gpt2-xl');
    await dialog.getByRole('radio', { name: /^f32/ }).click();
    await expect.element(dialog.getByText('f32: does-not-fit.')).toBeVisible();
    await expect.element(dialog.getByRole('button', { name: /^Load ·/ })).toBeDisabled();
    await dialog.getByRole('button', { name: 'f16, one at a time' }).click();
    await expect.element(dialog.getByText(/Every analysis still compares all of them/)).toBeVisible();
    await expect.element(dialog.getByRole('button', { name: /^Load ·/ })).toBeEnabled();
  });

  test('that cannot be told stands with its reason, and is asked for again', async () => {
    const tell = fake.normless.budget;
    fake.normless.budget = () => Promise.reject(new LoadError('The Hub cannot be reached. Try again later.'));
    const { dialog } = await open('gpt2-small');
    await expect.element(dialog.getByRole('alert')).toHaveTextContent('The Hub cannot be reached');
    fake.normless.budget = tell;
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await expect.element(dialog.getByRole('button', { name: /^Load ·/ })).toBeEnabled();
  });
});

describe('a load', () => {
  test('shows its phase, its file and all of it, also beside a closed dialog, and can be cancelled there', async () => {
    const { screen, dialog, call } = await loading();
    call?.request.onProgress?.(HALF);
    await expect.element(dialog.getByRole('status')).toHaveTextContent('downloading, LN-free');
    await expect.element(dialog.getByText('746.0 MB of 1.50 GB')).toBeVisible();
    await expect.element(dialog.getByText('LN-free: model.safetensors')).toBeVisible();
    const bar = dialog.getByRole('progressbar', { name: 'This file' });
    expect((bar.element() as HTMLProgressElement).value).toBeCloseTo(248 / 498, 6);
    closeModels();
    await expect.element(screen.getByRole('button', { name: /GPT-2 small: downloading 49 %/ })).toBeVisible();
    await screen.getByRole('button', { name: 'Cancel loading GPT-2 small' }).click();
    await screen.getByRole('button', { name: 'GPT-2 small: cancelled' }).click();
    await expect.element(dialog.getByRole('alert')).toHaveTextContent('What arrived is kept');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => fake.loads).toHaveLength(2);
  });

  test('that fails keeps its sentence in the dialog and is tried again', async () => {
    const { dialog, call } = await loading();
    call?.reject(new LoadError('The Hub answered 503. Try again in a minute.'));
    await expect.element(dialog.getByRole('alert')).toHaveTextContent('The Hub answered 503');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => fake.loads).toHaveLength(2);
  });

  test('that is done shows what each model was found to be, with a warning where it is odd', async () => {
    const { screen, dialog, call } = await loading();
    const message = 'An ordinary sentence costs 10.31 nats a token: these weights do not speak English.';
    call?.finish();
    const odd = fake.pairs[1]?.arms[2];
    if (odd?.check) odd.check = { ...odd.check, ok: false, message };
    await expect.element(dialog.getByRole('row', { name: /^Original/ })).toHaveTextContent('✓ checked');
    await expect
      .element(dialog.getByRole('row', { name: /^LN-free/ }))
      .toHaveTextContent(`⚠ not as expected ${message}`);
    await dialog.getByRole('button', { name: 'Loaded · back to the page' }).click();
    await expect.element(screen.getByRole('combobox', { name: 'Pair of models' })).toHaveValue('gpt2-small');
  });
});

describe('a pair of one’s own', () => {
  const file = (name: string) => new File(['{}'], name);

  test('takes picked files, says what is missing, and is added', async () => {
    const { dialog } = await open('demo');
    await dialog.getByText('Add your own', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Remove model 2 from the form' }).click();
    await dialog.getByRole('button', { name: 'Add the pair' }).click();
    await expect.element(dialog.getByText(/Give the pair a title/)).toBeVisible();
    const input = dialog.getByLabelText('Pick files (Files of model 1)');
    await userEvent.upload(input, [file('config.json')]);
    await expect.element(dialog.getByText('a .safetensors file is missing')).toBeVisible();
    await userEvent.upload(input, [file('model.safetensors')]);
    await expect.element(dialog.getByText(/prompts will be token ids/)).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Title' }).fill('Mine');
    await dialog.getByRole('button', { name: 'Add the pair' }).click();
    await expect.element(dialog.getByRole('heading', { name: 'Mine' })).toBeVisible();
    expect(
      (fake.added[0] as AddRequest & { arms: { original: File[] } }).arms.original.map(({ name }) => name),
    ).toEqual(['config.json', 'model.safetensors']);
    await dialog.getByRole('button', { name: 'Remove Mine from the list' }).click();
    await dialog.getByRole('button', { name: /^Remove: / }).click();
    await expect.element(dialog.getByRole('heading', { name: 'Demo' })).toBeVisible();
  });

  test('takes dropped files on its field; anywhere else a drop is refused and the page stays', async () => {
    const { dialog } = await open('demo');
    await dialog.getByText('Add your own', { exact: true }).click();
    const transfer = new DataTransfer();
    transfer.items.add(file('config.json'));
    const drag = (type: string) =>
      new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
    const elsewhere = drag('drop');
    document.body.dispatchEvent(elsewhere);
    expect(elsewhere.defaultPrevented).toBe(true);
    expect(getState().models.draft.arms[1]?.files).toEqual([]);

    const field = dialog.getByRole('group', { name: 'Files of model 2' });
    field.element().dispatchEvent(drag('dragover'));
    field.element().dispatchEvent(drag('drop'));
    await expect
      .poll(() => getState().models.draft.arms[1]?.files.map(({ name }) => name))
      .toEqual(['config.json']);
  });
});

test('the dialog that is opened again while a pair is still switched to stays open', async () => {
  for (const arm of fake.pairs[1]?.arms ?? []) Object.assign(arm, { loaded: true, dtype: 'f32' });
  const { promise: free, resolve: release } = later();
  const { load } = fake.normless;
  fake.normless.load = (request) => free.then(() => load(request));
  const { dialog } = await open('gpt2-small');
  await dialog.getByRole('button', { name: 'Loaded · use it' }).click();
  closeModels();
  await openModels('demo');
  release();
  await expect.poll(() => getState().pair).toBe('gpt2-small');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(getState().models).toMatchObject({ open: true, choice: { pair: 'demo' } });
});

test('what is kept is listed by repository and deleted only when said twice', async () => {
  const { dialog } = await open('demo');
  await dialog.getByText('Storage', { exact: true }).click();
  const one = dialog.getByRole('region', { name: 'somebody/one' });
  await expect.element(one.getByText('✓ verified').first()).toBeVisible();
  await expect.element(dialog.getByText('120.0 MB of 498.0 MB')).toBeVisible();
  await one.getByRole('button', { name: 'Delete model.safetensors of somebody/one' }).click();
  await one.getByRole('button', { name: 'Keep' }).click();
  expect(getState().models.kept.info?.files).toHaveLength(3);
  await one.getByRole('button', { name: 'Delete model.safetensors of somebody/one' }).click();
  await one.getByRole('button', { name: 'Delete: Delete 498.0 MB?' }).click();
  await expect.poll(() => getState().models.kept.info?.files).toHaveLength(2);
  await dialog.getByRole('button', { name: 'Keep them' }).click();
  await expect.element(dialog.getByText(/promised not to clear/)).toBeVisible();
});

test('without a tokenizer the prompt is ids, and what concerns texts is gone', async () => {
  const small = fake.pairs[1];
  if (small) small.tokenizer = false;
  const { screen, call } = await loading();
  call?.finish();
  await expect.poll(() => getState().pair).toBe('gpt2-small');
  closeModels();
  await expect
    .element(screen.getByRole('textbox', { name: 'Prompt, as token ids' }))
    .toHaveValue('0, 1, 2, 3');
  await expect.element(screen.getByRole('checkbox', { name: 'BOS' })).not.toBeInTheDocument();
  await screen.getByRole('textbox', { name: 'Target token' }).fill('464');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => getState().target).toEqual([{ id: 464, piece: '#464' }]);
});
