/** What the strip says of generated texts: where they part, how each arm finds a token, how a text ended, and the export. */

import type { ArmId, TokenReading } from '../../engine/api.ts';
import { engineName } from '../../state/engineNames.ts';
import { armTitle } from '../../state/selectors.ts';
import type { ArmText, Generated } from '../../state/types.ts';
import { toCsv } from '../../ui/csv.ts';
import { number, percent } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

/** The first index at which two texts differ, where each still has a token; null where they do not, or are one text. */
export function parting({ mode, arms }: Generated): number | null {
  const texts = Object.values(arms).map(({ tokens }) => tokens);
  if (mode === 'forced' || texts.length < 2) return null;
  const shortest = Math.min(...texts.map(({ length }) => length));
  for (let i = 0; i < shortest; i++) if (new Set(texts.map((tokens) => tokens[i]?.id)).size > 1) return i;
  return null;
}

/** How every arm finds a token of one arm's text, its own first; another arm's reading comes once the text is finished. */
export function readings(
  { mode, arms }: Generated,
  arm: ArmId,
  index: number,
): { arm: ArmId; reading: TokenReading | null }[] {
  const of = (id: ArmId): TokenReading | null => {
    if (id === arm || mode === 'forced') return arms[id]?.tokens[index] ?? null;
    return arms[arm]?.readBy[id]?.[index] ?? null;
  };
  const others = Object.keys(arms).filter((id) => id !== arm);
  return [arm, ...others].map((id) => ({ arm: id, reading: of(id) }));
}

/** Everything there is to say of a token, line by line. */
export function tokenLines(generated: Generated, arm: ArmId, index: number): string[] {
  const token = generated.arms[arm]?.tokens[index];
  if (!token) return [];
  const lines = readings(generated, arm, index).map(({ arm: id, reading }) =>
    reading
      ? `${armTitle(id)} ${percent(Math.exp(reading.logprob))}, rank ${reading.rank + 1}`
      : `${armTitle(id)} reads it when the text is finished`,
  );
  const { best } = token;
  return [
    `${glyphs(token.piece)} (id ${token.id})`,
    ...lines,
    ...(best.id === token.id
      ? []
      : [`${armTitle(arm)} finds ${glyphs(best.piece)} likeliest, ${percent(Math.exp(best.logprob))}`]),
    `entropy ${number(token.entropy)} nats`,
  ];
}

const ENDS: Record<NonNullable<ArmText['stop']>, string> = {
  'max-tokens': '',
  'stop-token': ', end of text',
  'context-full': ', the context is full',
  stopped: ', stopped',
};

/** `12 tokens, end of text`, `3 tokens …`. */
export function lengthInWords({ tokens, stop }: ArmText): string {
  const count = `${tokens.length} token${tokens.length === 1 ? '' : 's'}`;
  return stop === null ? `${count} …` : count + ENDS[stop];
}

/** What came of it, in sentences. */
export function outcomeInWords(generated: Generated): string {
  const { mode, leader, arms, by } = generated;
  const where = parting(generated);
  const texts = Object.keys(arms).length;
  const said: string[] = [];
  if (mode === 'forced' && leader !== null) {
    const others = Object.entries(arms).filter(([arm]) => arm !== leader);
    for (const [arm, { tokens }] of others) {
      const same = tokens.filter((token) => token.best.id === token.id).length;
      if (tokens.length > 0)
        said.push(`${armTitle(arm)} finds ${same} of ${tokens.length} tokens likeliest too.`);
    }
  } else if (texts > 1) {
    said.push(where === null ? 'The texts are the same.' : `The texts part at token ${where + 1}.`);
  }
  if (by) {
    const how =
      by.method === 'kv-cache'
        ? 'with keys and values kept'
        : 'which runs the whole text again for every token';
    said.push(`By ${engineName(by.engine)}, ${how}.`);
  }
  return said.join(' ');
}

/** One line per token of every arm. */
export function generatedCsv(generated: Generated): string {
  const ids = Object.keys(generated.arms);
  const header = [
    'arm',
    'index',
    'id',
    'piece',
    'entropy',
    'best',
    ...ids.flatMap((id) => [`${id} logprob`, `${id} rank`]),
  ];
  const rows = ids.flatMap((arm) =>
    (generated.arms[arm]?.tokens ?? []).map((token, index) => {
      const by = new Map(readings(generated, arm, index).map(({ arm: id, reading }) => [id, reading]));
      return [
        arm,
        index,
        token.id,
        token.piece,
        token.entropy,
        token.best.piece,
        ...ids.flatMap((id) => [by.get(id)?.logprob, by.get(id) && (by.get(id)?.rank ?? 0) + 1]),
      ];
    }),
  );
  return toCsv(header, rows);
}
