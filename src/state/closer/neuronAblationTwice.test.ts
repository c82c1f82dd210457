/** The text is read twice when a button is pressed, for the neurons chosen then; another choice waits for another press. */

import { expect, test } from 'vitest';
import { fakeNormless } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { connect } from '../session.ts';
import { getState, setState } from '../store.ts';
import { neuronAblationAsks, setNeuronAblation } from './neuronAblationAsks.ts';
import { cancelTwice, startTwice, twiceError, twiceStands } from './neuronAblationTwice.ts';

const twice = (asks: readonly { slot: string }[]) => asks.filter(({ slot }) => slot === 'induction');

test('pressed, refused, chosen anew, cancelled', async () => {
  setState(initialState(), true);
  const fake = fakeNormless();
  const own = () => fake.calls.filter(({ id }) => id === 'induction');
  await connect(fake.normless, [
    (state) => twice(neuronAblationAsks(state)) as ReturnType<typeof neuronAblationAsks>,
  ]);
  expect(own()).toHaveLength(0); // nobody asked

  const pressed = startTwice(getState());
  await expect.poll(() => own().length).toBe(1);
  expect(own()[0]?.request).toMatchObject({ k: 10, text: initialState().text });
  expect(own()[0]?.request).not.toHaveProperty('by');
  own()[0]?.reject(new Error('too short'));
  await pressed;
  expect(twiceError(getState())).toBe('too short');
  expect(twice(neuronAblationAsks(getState()))).toHaveLength(0);

  await setNeuronAblation({ count: 5 });
  expect(twiceError(getState())).toBeNull();
  expect(twiceStands(getState())).toBe(false);
  expect(own()).toHaveLength(1);

  setState({ neuronsBy: 'lnfree' });
  void startTwice(getState());
  await expect.poll(() => own().length).toBe(2);
  expect(own()[1]?.request).toMatchObject({ k: 5, by: 'lnfree' });
  await cancelTwice();
  expect(own()[1]?.request.signal?.aborted).toBe(true);
  expect(getState().slots.induction.working).toBe(false);
});
