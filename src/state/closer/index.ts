/** The panels that look closer: which one is open, and how each was left. One file per panel, a line each here. */

// biome-ignore lint/suspicious/noEmptyInterface: filled by the panels below
export interface CloserSettings {}

export function initialCloser(): CloserSettings {
  return {};
}
