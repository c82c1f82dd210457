/** Hides the panels that a lesson does not speak about, while it is open: a teacher's wish, as a sheet of styles. */

import { useEffect } from 'react';
import type { Lesson } from '../../lessons/types.ts';
import { answerPanels, widePanels } from '../index.ts';

/** What always stands there; panels that look closer are opened by the lesson itself. */
const HIDEABLE = [...answerPanels, ...widePanels].map(({ id }) => id);
/** Those left share the row of the answers. */
const ROW = `main > div:has(> [aria-labelledby="${answerPanels[0]?.id}-title"])
  { grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); }`;

export function useOnly(lesson: Lesson | null): void {
  useEffect(() => {
    if (!lesson) return;
    const spoken = new Set(lesson.steps.map(({ at }) => at));
    const hidden = HIDEABLE.filter((id) => !spoken.has(id)).map((id) => `[aria-labelledby="${id}-title"]`);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`${hidden.join(', ')} { display: none; }\n${ROW}`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    };
  }, [lesson]);
}
