/** Line plots and scatters in a real browser: drawn where they should be, and walked by keys. */

import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import './theme.css';
import { LinePlot } from './LinePlot.tsx';
import { Scatter } from './Scatter.tsx';

const LINE = {
  key: 'a',
  label: 'Original',
  colour: 'black',
  points: [
    { x: 0, y: 1 },
    { x: 1, y: Number.NaN },
    { x: 2, y: 10 },
    { x: 4, y: 100 },
  ],
};

test('a line is interrupted where there is no number, and walked by its places', async () => {
  const onHover = vi.fn();
  const screen = await render(
    <LinePlot
      label="Loss by layer"
      x={{ label: 'layer' }}
      y={{ label: 'loss', log: true }}
      lines={[LINE]}
      describe={(x) => `layer ${x}`}
      onHover={onHover}
    />,
  );
  const plot = screen.getByRole('slider', { name: 'Loss by layer' });
  const d = plot.element().querySelector('path[stroke="black"]')?.getAttribute('d') ?? '';
  expect(d.match(/M/g)).toHaveLength(2);
  (plot.element() as HTMLElement).focus();
  await userEvent.keyboard('{End}{ArrowLeft}');
  await expect.element(plot).toHaveAttribute('aria-valuetext', 'layer 2');
  expect(onHover).toHaveBeenLastCalledWith(2, null);
  expect([...plot.element().querySelectorAll('text')].map((text) => text.textContent)).toContain('100');
});

test('a scatter has one domain where its diagonal is drawn; Enter picks the point walked to', async () => {
  const onPick = vi.fn();
  const points = [
    { key: 'L0H0', x: -1, y: 0.5, label: 'L0H0' },
    { key: 'L5H3', x: 6, y: 7, label: 'L5H3' },
    { key: 'lost', x: Number.POSITIVE_INFINITY, y: 0, label: 'lost' },
  ];
  const screen = await render(
    <Scatter
      label="Share and effect"
      x={{ label: 'share' }}
      y={{ label: 'effect' }}
      series={[{ key: 'original', label: 'Original', colour: 'black', points }]}
      diagonal
      named={['L5H3']}
      describe={({ label, x, y }) => `${label}: ${x} and ${y}`}
      onHover={() => undefined}
      onPick={onPick}
    />,
  );
  const plot = screen.getByRole('slider', { name: 'Share and effect' });
  await expect.element(screen.getByText('L5H3')).toBeInTheDocument();
  (plot.element() as HTMLElement).focus();
  await userEvent.keyboard('{End}');
  await expect.element(plot).toHaveAttribute('aria-valuetext', 'L5H3: 6 and 7');
  await userEvent.keyboard('{Enter}');
  expect(onPick).toHaveBeenCalledWith(points[1]);
});
