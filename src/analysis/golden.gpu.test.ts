import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { analysisGoldenSuite } from './golden.suite.ts';

const backend = createWebGpuBackend();
analysisGoldenSuite(() => backend);
