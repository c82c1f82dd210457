/** How the panel on what a part writes was left. */

import type { HeadInput } from '../../analysis/types/index.ts';

export interface WritesSettings {
  /** A part's name as typed or chosen; empty follows the pins, and without them the largest term. */
  part: string;
  /** Of neurons and directions: what was written at the position, or the weights alone. */
  at: 'position' | 'weights';
  /** How tokens enter a head's circuits. */
  input: HeadInput;
}

export const INITIAL_WRITES: WritesSettings = { part: '', at: 'position', input: 'norm' };
