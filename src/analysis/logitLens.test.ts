import { createCpuBackend } from '../tensor/cpuOps.ts';
import { logitLensGoldenSuite, logitLensSuite } from './logitLens.suite.ts';

logitLensSuite(async () => createCpuBackend());
logitLensGoldenSuite(async () => createCpuBackend());
