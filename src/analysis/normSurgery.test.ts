import { createCpuBackend } from '../tensor/cpuOps.ts';
import { normSurgerySuite } from './normSurgery.suite.ts';

normSurgerySuite(async () => createCpuBackend());
