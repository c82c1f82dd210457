import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { nullDirectionSuite } from './nullDirection.suite.ts';

const backend = createWebGpuBackend();
nullDirectionSuite(() => backend);
