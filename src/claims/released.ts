/** Which released checkpoint an arm is, by the repository it came from: published numbers hold for no other weights. */

import type { ArmInfo } from '../engine/api.ts';

export type Size = 'small' | 'medium' | 'large' | 'xl';
export type Released = `${Size}/${'original' | 'vanilla' | 'lnfree'}`;

const STEPS: Readonly<Record<Size, number>> = { small: 300, medium: 500, large: 600, xl: 800 };

const REPOSITORIES = new Map<string, Released>(
  (Object.entries(STEPS) as [Size, number][]).flatMap(([size, steps]) => {
    const openai = size === 'small' ? 'gpt2' : `gpt2-${size}`;
    return [
      [`openai-community/${openai}`, `${size}/original`],
      [`schaeff/gpt2-${size}_vanilla${steps}`, `${size}/vanilla`],
      [`schaeff/gpt2-${size}_LNFree${steps}`, `${size}/lnfree`],
    ] as [string, Released][];
  }),
);

/** null for the demo, for files from this device, and for any other repository. */
export function releasedAs({ repo }: Pick<ArmInfo, 'repo'>): Released | null {
  return (repo && REPOSITORIES.get(repo.name)) ?? null;
}

/** The number published for an arm's weights, null where there is none. */
export function publishedFor<T>(arm: Pick<ArmInfo, 'repo'>, numbers: Partial<Record<Released, T>>): T | null {
  const released = releasedAs(arm);
  return (released && numbers[released]) ?? null;
}
