import { createCpuBackend } from '../tensor/cpuOps.ts';
import { analysisGoldenSuite } from './golden.suite.ts';

analysisGoldenSuite(async () => createCpuBackend());
