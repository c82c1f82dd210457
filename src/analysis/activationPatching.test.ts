import { createCpuBackend } from '../tensor/cpuOps.ts';
import { activationPatchingGoldenSuite } from './activationPatching.suite.ts';
import { activationPatchingSuite } from './activationPatchingExact.suite.ts';

activationPatchingSuite(async () => createCpuBackend(), 1);
activationPatchingGoldenSuite(async () => createCpuBackend());
