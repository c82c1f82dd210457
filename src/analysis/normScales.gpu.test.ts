import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { normScalesSuite } from './normScales.suite.ts';

const backend = createWebGpuBackend();
normScalesSuite(() => backend);
