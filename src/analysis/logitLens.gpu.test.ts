import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { logitLensSuite } from './logitLens.suite.ts';

const backend = createWebGpuBackend();
logitLensSuite(() => backend);
