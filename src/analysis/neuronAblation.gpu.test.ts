import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { neuronAblationSuite } from './neuronAblation.suite.ts';

const backend = createWebGpuBackend();
neuronAblationSuite(() => backend);
