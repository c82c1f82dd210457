/** The lessons in the order in which they build on each other. Adding one is a file and a line here: docs/teaching.md. */

import { attentionLesson } from './attention.ts';
import { confidenceLesson } from './confidence.ts';
import { layerNormLesson } from './layerNorm.ts';
import { logitLesson } from './logit.ts';
import { patchingLesson } from './patching.ts';
import type { Lesson } from './types.ts';

export const LESSONS: readonly Lesson[] = [
  logitLesson,
  layerNormLesson,
  attentionLesson,
  confidenceLesson,
  patchingLesson,
];

/** By its id in the address; null where there is none. */
export function lessonById(id: string | null): Lesson | null {
  return LESSONS.find((lesson) => lesson.id === id) ?? null;
}
