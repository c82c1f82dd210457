/** What is known before the engine has said anything: the first status of service, client and page. */

import { type Capabilities, EVERY_CAPABILITY, FORWARD_ONLY } from '../model/model.ts';
import type { EngineId, EngineInfo, EngineStatus } from './api.ts';

/** What each engine can do beyond running the model as it is; a model says so itself, this is for those not made yet. */
export const ENGINE_CAPABILITIES: Readonly<Record<EngineId, Capabilities>> = {
  wgsl: EVERY_CAPABILITY,
  ort: FORWARD_ONLY,
};

const idle = (id: EngineId): EngineInfo => ({
  state: 'idle',
  device: null,
  note: null,
  capabilities: ENGINE_CAPABILITIES[id],
});

export const STARTING: EngineStatus = {
  phase: 'starting',
  message: 'Starting the engine.',
  progress: null,
  adapter: null,
  route: null,
  engines: { wgsl: idle('wgsl'), ort: idle('ort') },
  selfCheck: null,
  error: null,
  recoveries: 0,
};
