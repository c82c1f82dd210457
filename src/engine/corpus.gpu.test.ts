import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { corpusSuite } from './corpus.suite.ts';

const backend = createWebGpuBackend();
corpusSuite(() => backend);
