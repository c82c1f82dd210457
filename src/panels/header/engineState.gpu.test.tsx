/** Who computes, in the header and in its popover; and the line where WebGPU is missing. */

import { beforeEach, describe, expect, test } from 'vitest';
import { render } from 'vitest-browser-react';
import '../../ui/theme.css';
import { UnsupportedError } from '../../base/errors.ts';
import type { EngineInfo, EngineRoute } from '../../engine/api.ts';
import { type FakeNormless, fakeNormless } from '../../state/fakeNormless.suite.ts';
import { initialState } from '../../state/initial.ts';
import { connect } from '../../state/session.ts';
import { getState, setState } from '../../state/store.ts';
import { Notices } from '../notices/view.tsx';
import { EngineState } from './engineState.tsx';

const FORWARD = { edits: false, gradients: false };
const WGSL: EngineInfo = { state: 'idle', device: 'google · swiftshader', note: null, capabilities: FORWARD };
const ORT: EngineInfo = {
  state: 'ready',
  device: 'onnxruntime-web 1.30.0, 1 thread',
  note: null,
  capabilities: FORWARD,
};
const MISSING: EngineInfo = {
  ...WGSL,
  state: 'unavailable',
  device: null,
  note: 'This browser has no WebGPU. Use a current Chrome.',
};
const AUTO: EngineRoute = { engine: 'ort', choice: 'auto', why: 'WebGPU computes in software here.' };
const SOFTWARE = { vendor: 'google', architecture: 'swiftshader', description: '', isFallback: true };

let fake: FakeNormless;
beforeEach(async () => {
  localStorage.removeItem('normless.engine');
  setState(initialState(), true);
  fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
  fake.setStatus({
    phase: 'ready',
    route: AUTO,
    engines: { wgsl: WGSL, ort: ORT },
    adapter: SOFTWARE,
    selfCheck: {
      engine: 'ort',
      maxAbs: 3e-6,
      tolerance: 1e-3,
      ok: true,
      where: 'dla.arms.original.terms.3.value',
    },
  });
});

async function open() {
  const screen = await render(<EngineState />);
  await screen.getByRole('button', { name: /^Engine/ }).click();
  return { screen, popover: screen.getByRole('dialog', { name: 'Engine' }) };
}

test('the chip names what computes in a word, unless it is WebGPU on a graphics card', async () => {
  const screen = await render(<EngineState />);
  const chip = screen.getByRole('button', { name: /^Engine: ✓ reproduced to 3e-6/ });
  await expect.element(chip).toHaveTextContent('✓ reproduced to 3e-6 · wasm');
  fake.setStatus({ route: { ...AUTO, engine: 'wgsl' } });
  await expect.element(chip).toHaveTextContent('✓ reproduced to 3e-6 · software');
  fake.setStatus({ adapter: { ...SOFTWARE, isFallback: false } });
  await expect.element(chip).toHaveTextContent(/✓ reproduced to 3e-6$/);
});

describe('the popover', () => {
  test('says who answers and why, with each engine’s device, and who recomputed the committed result', async () => {
    const { popover } = await open();
    await expect
      .element(popover)
      .toHaveTextContent('ONNX Runtime answers. WebGPU computes in software here.');
    await expect.element(popover).toHaveTextContent('ONNX Runtime recomputed, on your device,');
    await expect.element(popover.getByRole('radio', { name: /^Automatic/ })).toBeChecked();
    await expect
      .element(popover.getByRole('radio', { name: /^WebGPU kernels ?google · swiftshader/ }))
      .toBeEnabled();
    await expect
      .element(
        popover.getByRole('radio', { name: /onnxruntime-web 1\.30\.0, 1 thread; no edits or gradients/ }),
      )
      .toBeEnabled();
  });

  test('a choice is carried out, shown meanwhile, and remembered', async () => {
    const { popover } = await open();
    let finish = () => {};
    const setEngine = fake.normless.setEngine;
    fake.normless.setEngine = async (request) => {
      await new Promise<void>((resolve) => (finish = resolve));
      return setEngine(request);
    };
    await popover.getByRole('radio', { name: /^WebGPU kernels/ }).click();
    await expect.element(popover.getByText('Changing over …')).toBeVisible();
    await expect.element(popover.getByRole('radio', { name: /^WebGPU kernels/ })).toBeChecked();
    expect(localStorage.getItem('normless.engine')).toBeNull();
    finish();
    await expect.element(popover).toHaveTextContent('WebGPU kernels answer. A test said so.');
    expect(localStorage.getItem('normless.engine')).toBe('wgsl');
    await expect.element(popover.getByText('Changing over …')).not.toBeInTheDocument();
  });

  test('one that fails goes back to what it was, with a notice', async () => {
    const { popover } = await open();
    fake.refuse = new UnsupportedError('The adapter is gone.');
    await popover.getByRole('radio', { name: /^WebGPU kernels/ }).click();
    await expect.poll(() => getState().notices).toMatchObject([{ message: 'The adapter is gone.' }]);
    await expect.element(popover.getByRole('radio', { name: /^Automatic/ })).toBeChecked();
  });

  test('an engine that cannot run is disabled, its reason readable', async () => {
    fake.setStatus({ engines: { wgsl: MISSING, ort: ORT }, adapter: null });
    const { popover } = await open();
    await expect.element(popover.getByRole('radio', { name: /^WebGPU kernels/ })).toBeDisabled();
    await expect
      .element(popover.getByText('This browser has no WebGPU. Use a current Chrome.'))
      .toBeVisible();
  });
});

describe('without WebGPU', () => {
  const LINE = /No WebGPU here, so ONNX Runtime computes on the processor/;

  test('one quiet line says what that means and why, until dismissed', async () => {
    const screen = await render(<Notices />);
    await expect.element(screen.getByText(LINE)).not.toBeInTheDocument(); // a software adapter is no news
    fake.setStatus({ engines: { wgsl: MISSING, ort: ORT }, adapter: null });
    await expect.element(screen.getByText(LINE)).toBeVisible();
    await expect.element(screen.getByText(/Use a current Chrome/)).not.toBeVisible();
    await screen.getByText('Why').click();
    await expect.element(screen.getByText(/Use a current Chrome/)).toBeVisible();
    await screen.getByRole('button', { name: 'Dismiss: no WebGPU here' }).click();
    await expect.element(screen.getByText(LINE)).not.toBeInTheDocument();
  });

  test('and without ONNX Runtime the page says that nothing runs, only', async () => {
    const screen = await render(<Notices />);
    fake.setStatus({
      phase: 'failed',
      message: 'Nothing can run.',
      engines: { wgsl: MISSING, ort: MISSING },
    });
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('The engine is not running. Nothing can run.');
    await expect.element(screen.getByText(LINE)).not.toBeInTheDocument();
  });
});
