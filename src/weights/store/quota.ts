/** The one failure of keeping that a person can do something about. */

/** Whether a browser (or the memory store) refused for want of space. */
export function isQuotaError(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/** The error browsers raise, for stores that notice it by themselves. */
export function quotaError(message: string): Error {
  return new DOMException(message, 'QuotaExceededError');
}
