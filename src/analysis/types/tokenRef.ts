/** How a request names tokens. */

/** A token id, or a text that is exactly one token (' Mary'). */
export type TokenRef = number | string;
