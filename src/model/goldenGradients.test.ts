import { createCpuBackend } from '../tensor/cpuOps.ts';
import { goldenGradientsSuite } from './goldenGradients.suite.ts';

goldenGradientsSuite(async () => createCpuBackend());
