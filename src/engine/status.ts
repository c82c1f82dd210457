/** What is known before the engine has said anything: the first status of service, client and page. */

import type { EngineStatus } from './api.ts';

export const STARTING: EngineStatus = {
  phase: 'starting',
  message: 'Starting the engine.',
  progress: null,
  adapter: null,
  selfCheck: null,
  error: null,
  recoveries: 0,
};
