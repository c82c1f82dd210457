import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { directEffectSuite } from './directEffect.suite.ts';

const backend = createWebGpuBackend();
directEffectSuite(() => backend);
