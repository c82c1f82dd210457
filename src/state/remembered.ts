/** What a person chose, kept in this browser. Where storage is blocked a choice holds until the page is closed. */

/** What was kept under a key, or null: nothing, or storage may not be read. Untrusted, as anybody may have written it. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps it for the next visit; null forgets it. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // blocked: the choice holds until the page is closed
  }
}
