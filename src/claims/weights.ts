/** Which weights exactly: the sha256 of the files they came from, as far as this browser knows it without reading them anew. */

import type { ArmInfo, Normless, StorageInfo } from '../engine/api.ts';
import type { WeightsHash } from './types.ts';

/** By arm; an arm is absent where nothing is known, as of models that came with the page or from files of this device. */
export async function weightsOf(
  normless: Pick<Normless, 'storage'>,
  arms: readonly ArmInfo[],
): Promise<Map<string, WeightsHash[]>> {
  if (!arms.some(({ repo }) => repo)) return new Map();
  const storage = await normless.storage();
  return new Map(
    arms.map((arm) => [arm.id, filesOf(arm, storage)] as const).filter(([, hashes]) => hashes.length > 0),
  );
}

function filesOf({ repo }: ArmInfo, { files }: StorageInfo): WeightsHash[] {
  if (!repo) return [];
  const isOfArm = (place: string) =>
    place.startsWith(`${repo.name}@${repo.revision}/`) && place.endsWith('.safetensors');
  return files
    .filter(({ id, verified, usedBy }) => verified && /^[0-9a-f]{64}$/.test(id) && usedBy.some(isOfArm))
    .map(({ id }) => ({ sha256: id, of: 'file' }));
}
