import { createCpuBackend } from '../tensor/cpuOps.ts';
import { attentionHeadsSuite } from './attentionHeads.suite.ts';

attentionHeadsSuite(async () => createCpuBackend());
