/** The engine over the models that shared/golden was computed from, in the place of the demo's arms: for tests in Node. */

import { must } from '../src/base/assert.ts';
import { REGISTRY } from '../src/engine/registry.ts';
import { EngineService } from '../src/engine/service.ts';
import type { CheckpointFiles } from '../src/weights/byteSource.ts';
import { cpuEngines, NO_HUB, NODE } from './cpuService.ts';
import { GOLDEN_ARMS, goldenFiles } from './golden.ts';

/** The service, started, whose pair `demo` is that of shared/models/demo; throws as `goldenFiles` does. */
export async function startGoldenService(): Promise<EngineService> {
  const arms = GOLDEN_ARMS.map(
    async (arm): Promise<[string, CheckpointFiles]> => [`models/demo/${arm}`, await goldenFiles(arm)],
  );
  const folders = new Map(await Promise.all(arms));
  const service = new EngineService({
    ...cpuEngines(),
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => must(folders.get(path), path),
    hub: NO_HUB,
    onStatus: () => {},
  });
  await service.start();
  return service;
}
