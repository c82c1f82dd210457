import { createCpuBackend } from '../tensor/cpuOps.ts';
import { attributionPatchingSuite } from './attributionPatching.suite.ts';

attributionPatchingSuite(async () => createCpuBackend());
