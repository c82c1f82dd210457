/** The panels that can be framed alone on another page, by `?embed=<id>`. */

import { answerPanels, closerPanels } from './index.ts';

/** A panel as it is chosen for framing. */
export interface Framed {
  id: string;
  title: string;
  /** Whether it is one of those that look closer, which ask only while they are open. */
  closer: boolean;
}

const TITLES: Record<string, string> = {
  predictions: 'What it predicts',
  attribution: 'Why: direct logit attribution',
  'confidence-neurons': 'How sure: confidence neurons',
};

/** In the order of the page. */
export const FRAMED: readonly Framed[] = [
  ...answerPanels.map(({ id }) => ({ id, title: TITLES[id] ?? id, closer: false })),
  ...closerPanels.map(({ id, tab }) => ({ id, title: tab, closer: true })),
];
