/** Verify as worth looking at: a Gelu kernel a hundredth off, found by name. */

import { exampleReport } from '../../state/exampleReport.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();
const result = exampleReport(undefined, {
  engine: 'wgsl',
  hook: 'blocks.3.mlp.hook_post',
  relative: 0.012,
});

export const verifyExample: PanelExample = {
  title: 'A kernel that is wrong',
  state: { slots: { ...slots, verify: { ...slots.verify, result } } },
  says: [
    'do independent engines agree?',
    'First difference at blocks.3.mlp.hook_post of Original, Vanilla FT and LN-free',
    'WebGPU kernels differ from ONNX Runtime and the CPU twin, which agree with each other',
    'by 1.2e-2 (allowed 1e-4)',
  ],
};
