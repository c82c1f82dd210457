/** What an arm that is loaded has. */

import { InputError } from '../base/errors.ts';

/** InputError where it is not loaded after all. */
export function mustHave<T>(value: T | null | undefined, arm: string): T {
  if (value !== null && value !== undefined) return value;
  throw new InputError(`${arm} is not loaded. Load it in the models dialog and measure again.`, { arm });
}
