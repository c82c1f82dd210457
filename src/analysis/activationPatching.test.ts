import { createCpuBackend } from '../tensor/cpuOps.ts';
import { activationPatchingGoldenSuite } from './activationPatching.suite.ts';

activationPatchingGoldenSuite(async () => createCpuBackend());
