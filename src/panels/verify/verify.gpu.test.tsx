/** Verify in a real browser, as a person meets it: pressed, followed, cancelled, agreeing, diverging, outdated, exported. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import '../../ui/theme.css';
import { UnsupportedError } from '../../base/errors.ts';
import type { VerifiedEngine } from '../../engine/api.ts';
import { exampleReport } from '../../state/exampleReport.ts';
import { type FakeNormless, fakeNormless } from '../../state/fakeNormless.suite.ts';
import { initialState } from '../../state/initial.ts';
import { connect, refresh } from '../../state/session.ts';
import { getState, setState } from '../../state/store.ts';
import { TooltipProvider } from '../../ui/Tooltip.tsx';
import { verifyPanel } from './panel.ts';

let fake: FakeNormless;
beforeEach(async () => {
  setState(initialState(), true);
  fake = fakeNormless();
  await connect(fake.normless, [verifyPanel.asks]);
  fake.setStatus({ phase: 'ready' });
});

async function show() {
  const { View } = verifyPanel;
  const screen = await render(
    <TooltipProvider>
      <View />
    </TooltipProvider>,
  );
  return screen.getByRole('region', { name: /do independent engines agree/ });
}

type Panel = Awaited<ReturnType<typeof show>>;

async function press(panel: Panel, name = 'Compare on this prompt') {
  const before = fake.calls.length;
  await panel.getByRole('button', { name }).click();
  await expect.poll(() => fake.calls.length).toBe(before + 1);
  return fake.calls.at(-1);
}

async function compared(engines?: VerifiedEngine[], fault?: Parameters<typeof exampleReport>[1]) {
  const panel = await show();
  (await press(panel))?.resolve(exampleReport(engines, fault));
  return panel;
}

const FAULT = { engine: 'wgsl', hook: 'blocks.3.mlp.hook_post', relative: 0.012 } as const;

test('it waits for the engine', async () => {
  fake.setStatus({ phase: 'compiling' });
  const panel = await show();
  await expect.element(panel.getByRole('button', { name: 'Compare on this prompt' })).toBeDisabled();
});

test('while it works it says where it is, and can be cancelled', async () => {
  const panel = await show();
  const call = await press(panel);
  await expect.element(panel.getByRole('progressbar', { name: 'Comparing the engines' })).toBeVisible();
  const phase = 'comparing blocks.3.attn.hook_z of lnfree';
  call?.request.onProgress?.({ done: 120, total: 351, unit: 'steps', phase });
  await expect.element(panel.getByText('comparing blocks.3.attn.hook_z of LN-free')).toBeVisible();
  await expect.element(panel.getByText('120 of 351')).toBeVisible();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => call?.request.signal?.aborted).toBe(true);
  await expect.element(panel.getByRole('button', { name: 'Compare on this prompt' })).toBeEnabled();
});

test('where all agree: the verdict first, then who was compared, and every dot below the line', async () => {
  const panel = await compared();
  await expect
    .element(panel.getByText(/^✓ All 113 hooks of 3 models agree: largest relative difference/))
    .toBeVisible();
  await expect.element(panel.getByText('✓ agree within', { exact: false })).toBeVisible();
  await expect.element(panel.getByText('onnxruntime-web 1.30.0, 1 thread')).toBeVisible();
  const charts = panel.getByRole('slider');
  expect(charts.elements()).toHaveLength(3);
  for (const chart of charts.elements()) {
    const drawn = [...chart.querySelectorAll('path')].map((path) => path.getAttribute('d') ?? '');
    expect(drawn.map((d) => (d.match(/M/g) ?? []).length)).toEqual([113, 0, 113, 0, 113, 0]);
    expect(drawn.join()).not.toContain('NaN');
  }
  await expect.element(panel.getByRole('button', { name: 'Compare again' })).toBeEnabled();
});

describe('where they do not agree', () => {
  test('the first hook is named, who is odd, and what follows is drawn as a fault', async () => {
    const panel = await compared(undefined, FAULT);
    const verdict = panel.getByText(/^✗ First difference at/);
    await expect
      .element(verdict)
      .toHaveTextContent(
        'First difference at blocks.3.mlp.hook_post of Original, Vanilla FT and LN-free: our WebGPU kernels differ from ONNX Runtime and the CPU twin',
      );
    await expect.element(panel.getByText('✗ engines disagree')).toBeVisible();
    const [circles, faults] = [...panel.getByRole('slider').first().element().querySelectorAll('path')].map(
      (path) => (path.getAttribute('d')?.match(/M/g) ?? []).length,
    );
    expect([circles, faults]).toEqual([2 + 3 * 18 + 15, 3 + 2 * 18 + 3]);
  });

  test('the table holds every comparison, or only those, the largest first', async () => {
    const panel = await compared(undefined, FAULT);
    await panel.getByText('Every comparison as a table (1017)').click();
    const rows = panel.getByRole('rowheader');
    await expect.poll(() => rows.elements().length).toBe(1017);
    await panel.getByRole('checkbox', { name: /only beyond what is allowed/ }).click();
    await expect.poll(() => rows.elements().length).toBe(2 * 3 * 42);
    await panel.getByRole('combobox', { name: 'order' }).selectOptions('largest');
    const worst = Math.max(...exampleReport(undefined, FAULT).hooks.map(({ relative }) => relative));
    await expect.element(panel.getByRole('row').nth(1)).toHaveTextContent(worst.toExponential(2));
  });
});

test('an infinite difference stands at the top of the axis', async () => {
  const panel = await compared(undefined, { ...FAULT, relative: Number.POSITIVE_INFINITY });
  await expect.element(panel.getByText(/^✗ First difference at/)).toHaveTextContent('by +Inf');
  const d = panel.getByRole('slider').first().element().querySelectorAll('path')[1]?.getAttribute('d');
  expect(new Set([...(d ?? '').matchAll(/M[\d.]+,([\d.]+)/g)].map(([, y]) => y)).size).toBe(1);
});

test('an engine that was left out is named with its reason', async () => {
  const panel = await compared(['ort', 'cpu']);
  await expect.element(panel.getByText('WebGPU kernels, left out')).toBeVisible();
  await expect.element(panel.getByText(/This browser has no WebGPU/)).toBeVisible();
});

test('arrow keys walk the hooks, each in words', async () => {
  const panel = await compared(undefined, FAULT);
  const chart = panel.getByRole('slider', { name: 'Relative difference by hook, LN-free' });
  await expect.element(chart).toBeVisible();
  (chart.element() as HTMLElement).focus();
  await userEvent.keyboard('{End}{ArrowLeft}');
  await expect
    .element(chart)
    .toHaveAttribute('aria-valuetext', expect.stringContaining('ln_final.hook_normalized: '));
  await expect
    .element(panel.getByText(/^LN-free, ln_final\.hook_normalized: WebGPU and ONNX Runtime 1\.2e-2 ✗/))
    .toBeVisible();
  await userEvent.keyboard('{Home}');
  await expect
    .element(chart)
    .toHaveAttribute(
      'aria-valuetext',
      'hook_embed: WebGPU and ONNX Runtime 0, WebGPU and CPU twin 0, ONNX Runtime and CPU twin 0',
    );
});

test('another prompt keeps the report, marked, and offers to compare again', async () => {
  const panel = await compared();
  await expect.element(panel.getByRole('button', { name: 'Compare again' })).toBeVisible();
  setState({ text: 'Another prompt' });
  await refresh();
  await expect.element(panel.getByText('outdated')).toBeVisible();
  await expect.element(panel.getByText(/^The report below is of an earlier prompt/)).toBeVisible();
  await expect.element(panel.getByText(/^✓ All 113 hooks/)).toBeVisible();
  expect(fake.calls).toHaveLength(1);
  const call = await press(panel);
  expect(call?.request.text).toBe('Another prompt');
});

test('why nothing could be compared stands in the panel', async () => {
  const panel = await show();
  const call = await press(panel);
  call?.reject(new UnsupportedError('There are no two engines to compare here. Use a browser with WebGPU.'));
  await expect.element(panel.getByRole('alert')).toHaveTextContent('no two engines to compare');
  expect(getState().notices).toEqual([]);
  await expect.element(panel.getByRole('button', { name: 'Compare on this prompt' })).toBeEnabled();
});

test('the report is one file with everything, infinities included', async () => {
  const panel = await compared(undefined, { ...FAULT, relative: Number.POSITIVE_INFINITY });
  const saved = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  const blobs: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    blobs.push(blob as Blob);
    return 'blob:test';
  });
  try {
    await panel.getByRole('button', { name: 'Download report' }).click();
    const [link] = saved.mock.contexts as HTMLAnchorElement[];
    expect(link?.download).toBe('normless-verify-2026-01-02.json');
    const report = JSON.parse((await blobs[0]?.text()) ?? '');
    expect(report.hooks).toHaveLength(1017);
    expect(report.hooks.at(-3)).toMatchObject({ hook: 'logits', relative: 'Infinity', ok: false });
    expect(report).toMatchObject({ firstDivergence: FAULT.hook, tokens: [8191, 7454, 2402] });
  } finally {
    vi.restoreAllMocks();
  }
});
