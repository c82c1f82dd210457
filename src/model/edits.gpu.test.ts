import { createWebGpuBackend } from '../gpu/webgpuBackend.ts';
import { editsSuite } from './edits.suite.ts';

const backend = createWebGpuBackend();
editsSuite(() => backend);
