/** Arms that long work is done with, in many jobs so short that other requests get their turn between them. */

import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { ArmId } from './api.ts';

export interface Stage {
  /** Where they take turns, the one that is there first. */
  readonly arms: readonly { id: ArmId; config: ModelConfig }[];
  /** The weights of all arms are on one device at once. */
  readonly together: boolean;
  /** As one job: does something with these arms while their weights are there. */
  withArms<T>(arms: readonly ArmId[], body: (models: readonly Model[]) => Promise<T>): Promise<T>;
}
