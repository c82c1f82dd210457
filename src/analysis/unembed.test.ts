import { createCpuBackend } from '../tensor/cpuOps.ts';
import { unembedSuite } from './unembed.suite.ts';

unembedSuite(async () => createCpuBackend());
