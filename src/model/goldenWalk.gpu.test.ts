import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { goldenWalkSuite } from './goldenWalk.suite.ts';

const backend = createWebGpuBackend();
goldenWalkSuite(() => backend);
