/** How to cite what is on show: the paper whose models these are, and the tool. */

export const PAPER_URL = 'https://arxiv.org/abs/2507.02559';

const PAPER = `@misc{baroni2025layernorm,
  title         = {Transformers Don't Need {LayerNorm} at Inference Time: Scaling {LayerNorm} Removal to {GPT-2} {XL} and the Implications for Mechanistic Interpretability},
  author        = {Baroni, Luca and Khara, Galvin and Schaeffer, Joachim and Subkhankulov, Marat and Heimersheim, Stefan},
  year          = {2025},
  eprint        = {2507.02559},
  archivePrefix = {arXiv},
  url           = {${PAPER_URL}}
}`;

/** Both entries. `version` is of Normless, `page` the address it was used at, without a fragment. */
export function bibtex(version: string, page: string): string {
  return `${PAPER}

@software{normless,
  title   = {Normless: {GPT-2} with and without {LayerNorm}, side by side in the browser},
  author  = {{Normless contributors}},
  version = {${safe(version)}},
  url     = {${safe(page)}}
}
`;
}

/** Nothing in a value may end it; an address needs none of these. */
function safe(value: string): string {
  return value.replace(/[{}\\\s]/g, (character) => encodeURIComponent(character));
}
