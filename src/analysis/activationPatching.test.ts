import { createCpuBackend } from '../tensor/cpuOps.ts';
import { activationPatchingGoldenSuite, activationPatchingSuite } from './activationPatching.suite.ts';

activationPatchingSuite(async () => createCpuBackend(), 1);
activationPatchingGoldenSuite(async () => createCpuBackend());
