/** What a page that frames a panel may say to it, and what the panel says back (docs/embedding.md). */

import * as v from 'valibot';

/** A message is untrusted: every string is capped, every number finite, and no other key may be there. */
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));

const incoming = v.variant('type', [
  v.strictObject({
    type: v.literal('normless:set-prompt'),
    text: v.pipe(v.string(), v.maxLength(100_000)),
    prependBos: v.optional(v.boolean()),
  }),
  v.strictObject({
    type: v.literal('normless:set-selection'),
    /** null is the last position. */
    position: v.optional(v.nullable(count)),
    place: v.optional(
      v.nullable(
        v.strictObject({
          layer: v.optional(count),
          head: v.optional(count),
          term: v.optional(v.pipe(v.string(), v.maxLength(64))),
        }),
      ),
    ),
    neuron: v.optional(v.nullable(count)),
  }),
  v.strictObject({
    type: v.literal('normless:set-theme'),
    theme: v.picklist(['auto', 'light', 'dark']),
  }),
  v.strictObject({ type: v.literal('normless:get-state') }),
]);

export type IncomingMessage = v.InferOutput<typeof incoming>;

/** From the panel to the page that frames it. */
export type OutgoingMessage =
  /** CSS pixels that the panel is high at its present width. */
  | { type: 'normless:size'; height: number }
  /** The answer to every message that is understood: the page's address of what is on show, and whether it computes. */
  | { type: 'normless:state'; link: string; live: boolean }
  /** The answer to one that is not. */
  | { type: 'normless:error'; message: string };

export type ReadMessage =
  | { message: IncomingMessage; fault: null }
  | { message: null; fault: string }
  /** Somebody else's: nothing is said. */
  | null;

/** What a message asks, or what is wrong with it; null where it is none of ours. */
export function readMessage(data: unknown): ReadMessage {
  if (data === null || typeof data !== 'object' || !('type' in data)) return null;
  const { type } = data;
  if (typeof type !== 'string' || !type.startsWith('normless:')) return null;
  const parsed = v.safeParse(incoming, data);
  if (parsed.success) return { message: parsed.output, fault: null };
  const [issue] = parsed.issues;
  const where = issue.path?.map(({ key }) => String(key)).join('.');
  const fault = `${where ? `${where}: ` : ''}${issue.message}`.slice(0, 200);
  return { message: null, fault: `This message is not understood (${fault}). See docs/embedding.md.` };
}
