import { createCpuBackend } from '../tensor/cpuOps.ts';
import { goldenWalkSuite } from './goldenWalk.suite.ts';

goldenWalkSuite(async () => createCpuBackend());
