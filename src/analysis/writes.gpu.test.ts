import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { writesSuite } from './writes.suite.ts';

const backend = createWebGpuBackend();
writesSuite(() => backend);
