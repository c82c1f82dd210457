/** The paper's claims as they were left: what was measured, what is being measured, what failed, the text to measure on. */

import type { ClaimResult } from '../../claims/types.ts';
import type { Progress } from '../../engine/api.ts';

export interface PaperSettings {
  /** Newest first; one for each claim, pair, prompt or text, storage and engine. */
  results: ClaimResult[];
  /** null while nothing is measured. */
  underWay: { claim: number; done: number; total: number; progress: Progress | null } | null;
  /** Why the last press for a claim gave no result. */
  failed: Record<number, string>;
  /** For claims about a text. */
  text: string;
  /** Whether the weights are being hashed, and why that failed. */
  hashing: boolean;
  hashError: string | null;
}

export const INITIAL_PAPER: PaperSettings = {
  results: [],
  underWay: null,
  failed: {},
  text: '',
  hashing: false,
  hashError: null,
};
