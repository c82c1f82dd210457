import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { backwardSuite, backwardTwinSuite } from './backward.suite.ts';
import { goldenGradientsSuite } from './goldenGradients.suite.ts';

const backend = createWebGpuBackend();
goldenGradientsSuite(() => backend);
backwardTwinSuite(() => backend);
backwardSuite(() => backend);
