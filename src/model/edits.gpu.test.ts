import { afterAll, beforeAll } from 'vitest';
import { createWebGpuBackend, type WebGpuBackend } from '../gpu/webgpuBackend.ts';
import { editsSuite } from './edits.suite.ts';
import { randomEditsSuite } from './randomEdits.suite.ts';
import { siteEditsSuite } from './siteEdits.suite.ts';

let backend: WebGpuBackend;

beforeAll(async () => {
  backend = await createWebGpuBackend();
});
afterAll(() => backend?.destroy());

const open = async () => backend;
editsSuite(open);
siteEditsSuite(open);
randomEditsSuite(open, 100);
