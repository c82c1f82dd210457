/** What is chosen in a panel's fields, in words: a picture leaves the fields out, and says below what they stood at. */

const FIELDS =
  'select, input[type="checkbox"], input[type="radio"], input[type="range"], input[type="number"]';

/** `colour by: loss`, one for each field that is seen, in the order of the page. */
export function choicesOf(element: HTMLElement): string[] {
  const fields = [...element.querySelectorAll<HTMLSelectElement | HTMLInputElement>(FIELDS)];
  return fields.filter(isSeen).flatMap((field) => {
    const name = nameOf(field);
    const value = chosenIn(field);
    return name === '' || value === null ? [] : [`${name}: ${value}`];
  });
}

function isSeen(field: HTMLElement): boolean {
  return field.getClientRects().length > 0 && !field.closest('[popover]');
}

/** Null for a choice of several that is not taken. */
function chosenIn(field: HTMLSelectElement | HTMLInputElement): string | null {
  if (field instanceof HTMLSelectElement) return plain(field.selectedOptions[0]?.text ?? '');
  if (field.type === 'radio') return field.checked ? wordsOf(field) : null;
  if (field.type === 'checkbox') return field.checked ? 'yes' : 'no';
  return field.value || field.placeholder || '–';
}

/** As it is read out; one of several choices has the name of all of them. */
function nameOf(field: HTMLSelectElement | HTMLInputElement): string {
  const legend = field.type === 'radio' && field.closest('fieldset')?.querySelector('legend');
  return legend ? plain(legend.textContent) : wordsOf(field);
}

/** Its own name, else the words of its label. */
function wordsOf(field: HTMLSelectElement | HTMLInputElement): string {
  const own = field.getAttribute('aria-label');
  if (own) return own;
  const label = field.labels?.[0]?.cloneNode(true);
  if (!(label instanceof HTMLElement)) return '';
  for (const part of label.querySelectorAll('select, input, output')) part.remove();
  return plain(label.textContent);
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/:$/, '');
}
