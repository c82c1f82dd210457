/** Verify in words: the verdict and who is to blame, who was compared and who was not, how far the comparison is. */

import type { AnalysisResult, Progress, VerifiedEngine, VerifyRow } from '../../engine/api.ts';
import { engineName } from '../../state/engineNames.ts';
import { armTitle } from '../../state/selectors.ts';
import { list, magnitude } from '../../ui/format.ts';

type Report = AnalysisResult<'verify'>;

/** As parts of a sentence. */
const IN_SENTENCES: Record<VerifiedEngine, string> = {
  wgsl: 'our WebGPU kernels',
  ort: 'ONNX Runtime',
  cpu: 'the CPU twin',
};

/** A sentence around a hook's name. */
export interface Verdict {
  ok: boolean;
  before: string;
  hook: string;
  after: string;
}

/** What the comparison came to: the largest difference where all is well, else the first place that is not. */
export function verdictOf(result: Report): Verdict {
  const { firstDivergence, hooks, tolerance } = result;
  const bad = hooks.filter(({ hook, ok }) => hook === firstDivergence && !ok);
  const allowed = `(allowed ${magnitude(tolerance)})`;
  if (bad.length > 0) {
    const arms = list([...new Set(bad.map(({ arm }) => armTitle(arm)))]);
    const size = magnitude(largestOf(bad).relative, 1);
    return {
      ok: false,
      before: 'First difference at ',
      hook: firstDivergence ?? '',
      after: ` of ${arms}: ${partedInWords(hooks, bad)} ${size} ${allowed}. What comes after it inherits it.`,
    };
  }
  const worst = largestOf(hooks);
  const arms = Object.keys(result.arms).length;
  const count = new Set(hooks.map(({ hook }) => hook)).size;
  const [first, second] = worst.engines;
  return {
    ok: true,
    before: `All ${count} hooks of ${arms === 1 ? 'the model' : `${arms} models`} agree: largest relative difference ${magnitude(worst.relative)} ${allowed}, at `,
    hook: worst.hook,
    after: ` of ${armTitle(worst.arm)}, ${IN_SENTENCES[first]} against ${IN_SENTENCES[second]}.`,
  };
}

/** The same for the panel's badge. */
export function badgeOf(result: Report): { ok: boolean; text: string; title: string } {
  const ok = result.firstDivergence === null;
  const worst = magnitude(largestOf(result.hooks).relative);
  const title = Object.entries(result.arms).map(
    ([arm, { worst: own }]) => `${armTitle(arm)}: at most ${magnitude(own.relative, 1)}, at ${own.hook}`,
  );
  return {
    ok,
    text: ok ? `✓ agree within ${worst}` : '✗ engines disagree',
    title: [`Relative difference, allowed ${magnitude(result.tolerance)}`, ...title].join('\n'),
  };
}

/** Three engines tell which one is wrong: the one that differs from two that agree. Two cannot. */
function partedInWords(rows: readonly VerifyRow[], bad: readonly VerifyRow[]): string {
  const [{ arm, hook, engines }] = bad as [VerifyRow, ...VerifyRow[]];
  const here = rows.filter((row) => row.arm === arm && row.hook === hook);
  const wrong = here.filter(({ ok }) => !ok);
  const names = [...new Set(here.flatMap((row) => row.engines))];
  const odd = names.filter((name) => wrong.every((row) => row.engines.includes(name)));
  const [suspect] = odd;
  if (names.length > 2 && odd.length === 1 && suspect && wrong.length < here.length) {
    const others = list(names.filter((name) => name !== suspect).map((name) => IN_SENTENCES[name]));
    return `${IN_SENTENCES[suspect]} ${suspect === 'wgsl' ? 'differ' : 'differs'} from ${others}, which agree with each other, by`;
  }
  if (wrong.length === here.length && names.length > 2)
    return 'every engine differs from every other, by up to';
  return `${IN_SENTENCES[engines[0]]} and ${IN_SENTENCES[engines[1]]} differ by`;
}

function largestOf(rows: readonly VerifyRow[]): VerifyRow {
  return rows.reduce((a, b) => (b.relative > a.relative ? b : a));
}

/** Numbers that are no numbers on either side agree, and are worth knowing of all the same; null where there are none. */
export function nonFiniteInWords({ hooks }: Report): string | null {
  const first = hooks.find(({ nonFinite }) => nonFinite > 0);
  if (!first) return null;
  return `Some activations are not finite (NaN or infinite), first in ${first.hook} of ${armTitle(first.arm)}: ${first.nonFinite} of ${first.count}.`;
}

/** `wgsl: why not` as name and reason. */
export function leftOutOf({ leftOut }: Report): { name: string; reason: string }[] {
  return leftOut.map((text) => {
    const [, id = '', reason = text] = /^(\w+): (.*)$/s.exec(text) ?? [];
    return { name: engineName(id), reason };
  });
}

/** `comparing blocks.3.attn.hook_z of LN-free`, of the engine's own words, which know models and engines by their ids. */
export function phaseInWords({ phase }: Progress, arms: readonly string[]): string {
  return phase
    .split(' ')
    .map((word) => (arms.includes(word) ? armTitle(word) : engineName(word)))
    .join(' ');
}
