import { createCpuBackend } from '../tensor/cpuOps.ts';
import { editedRunsSuite } from './editedRuns.suite.ts';

editedRunsSuite(async () => createCpuBackend());
