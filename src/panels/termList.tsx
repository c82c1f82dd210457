/** Words of the glossary, each with what it means, as in the lessons. */

import { meaningOf, type TermName } from '../lessons/glossary.ts';

export function TermList({ words }: { words: readonly TermName[] }) {
  return words.map((word) => (
    <p key={word}>
      <b>{word.charAt(0).toUpperCase() + word.slice(1)}.</b> {meaningOf(word)}
    </p>
  ));
}
