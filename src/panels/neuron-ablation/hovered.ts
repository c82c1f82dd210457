/** The neuron that is hovered anywhere on the page. */

import { setHover } from '../../state/actions.ts';
import { useWorkbench } from '../../state/store.ts';

export function useHoveredNeuron(): [neuron: number | null, onHover: (neuron: number | null) => void] {
  const neuron = useWorkbench((state) => state.hover?.neuron ?? null);
  return [neuron, (each) => setHover(each === null ? null : { neuron: each })];
}
