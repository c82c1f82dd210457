/** Whether this browser keeps the site for when there is no network. */

export type Offline =
  | { state: 'not-yet' }
  | { state: 'kept' }
  | { state: 'unavailable'; why: 'insecure' }
  | { state: 'unavailable'; why: 'saves-data' }
  | { state: 'unavailable'; why: 'refused'; message: string };
