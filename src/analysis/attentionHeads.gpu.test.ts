import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { attentionHeadsSuite } from './attentionHeads.suite.ts';

const backend = createWebGpuBackend();
attentionHeadsSuite(() => backend);
