import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { normSurgerySuite } from './normSurgery.suite.ts';

const backend = createWebGpuBackend();
normSurgerySuite(() => backend);
