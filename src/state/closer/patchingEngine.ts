/** The two patching analyses as the panel asks them. */

import type {
  ActivationPatchingParameters,
  AttributionPatchingParameters,
} from '../../analysis/types/patching.ts';
import type { PromptRequest } from '../../engine/api.ts';
import { connectedEngine } from '../session.ts';
import type { EstimateResult, SweepResult } from './patching.ts';
import type { WorkCall } from './patchingWork.ts';

type Request = Pick<PromptRequest, 'pair' | 'arms' | 'prependBos'>;
type Analyze = (id: string, request: unknown) => Promise<unknown>;

const analyze: Analyze = (id, request) => (connectedEngine().analyze as unknown as Analyze)(id, request);

export const measurePatching = (
  request: Request & ActivationPatchingParameters & WorkCall<SweepResult>,
): Promise<SweepResult> => analyze('activation-patching', request) as Promise<SweepResult>;

export const estimatePatching = (
  request: Request & AttributionPatchingParameters & Pick<WorkCall<EstimateResult>, 'signal' | 'onProgress'>,
): Promise<EstimateResult> => analyze('attribution-patching', request) as Promise<EstimateResult>;
