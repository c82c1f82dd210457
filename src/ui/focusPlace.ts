/** Puts the focus on a place of the page, so that Tab goes on from it: a heading takes it, but is no stop for Tab. */
export function focusPlace(place: HTMLElement, options?: FocusOptions): void {
  if (place.tabIndex < 0) place.tabIndex = -1;
  place.focus(options);
}
