import { createCpuBackend } from '../tensor/cpuOps.ts';
import { normScalesSuite } from './normScales.suite.ts';

normScalesSuite(async () => createCpuBackend());
