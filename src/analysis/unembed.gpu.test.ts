import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { perPositionSuite } from './attributionPerPosition.suite.ts';
import { unembedSuite } from './unembed.suite.ts';

const backend = createWebGpuBackend();
unembedSuite(() => backend);
perPositionSuite(() => backend);
