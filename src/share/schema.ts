/** What a link says, version 1: the inputs of everything on the page, nothing computed but a fingerprint (DESIGN §6). */

import * as v from 'valibot';

/** A link, a file or a message is untrusted: every string is capped, every number finite, and no other key may be there. */
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const number = v.pipe(v.number(), v.finite());
const whole = v.pipe(number, v.integer());
const count = v.pipe(whole, v.minValue(0));
const list = <T extends v.GenericSchema>(of: T, most: number) => v.pipe(v.array(of), v.maxLength(most));
const name = text(128);

/** Longest prompt or text that a link carries. */
const PROMPT = text(100_000);
/** A token of a vocabulary: what it is asked by, and what it looked like, so that another vocabulary is noticed. */
const token = v.strictObject({ id: count, piece: text(256) });
const tokens = list(token, 256);

const place = {
  site: text(64),
  position: v.optional(whole),
  head: v.optional(count),
  neuron: v.optional(count),
  query: v.optional(whole),
  key: v.optional(whole),
};
const numbers = list(number, 100_000);
const value = v.union([number, numbers]);

/** As `Edit` of the engine, which checks it against the model. */
const edit = v.variant('kind', [
  v.strictObject({ kind: v.literal('zero'), ...place }),
  v.strictObject({ kind: v.literal('set'), ...place, value }),
  v.strictObject({ kind: v.literal('add'), ...place, value }),
  v.strictObject({ kind: v.literal('scale'), ...place, value }),
  v.strictObject({
    kind: v.literal('mean'),
    ...place,
    of: v.optional(v.union([v.literal('prompt'), numbers])),
  }),
  v.strictObject({
    kind: v.literal('from-run'),
    ...place,
    source: v.union([
      v.strictObject({ tokens: list(count, 100_000) }),
      v.strictObject({ text: PROMPT, prependBos: v.optional(v.boolean()) }),
    ]),
  }),
  v.strictObject({ kind: v.literal('knock-out'), ...place }),
  v.strictObject({
    kind: v.literal('freeze-norm'),
    site: text(64),
    path: v.optional(v.picklist(['qk', 'v'])),
    value: v.union([v.literal('prompt'), number]),
  }),
]);

const edits = list(v.strictObject({ edit, on: v.boolean(), about: v.nullable(text(512)) }), 64);

const view = v.partial(
  v.strictObject({
    shown: list(name, 16),
    compare: v.strictTuple([name, name]),
    colourBy: v.picklist(['none', 'loss', 'lossDelta', 'entropy', 'jsd', 'neuron']),
    predictionMetric: v.picklist(['prob', 'logit', 'rank']),
    predictionCount: count,
    attributionView: v.picklist(['component', 'neuron', 'head-source']),
    sharedScale: v.boolean(),
    neuronsBy: v.nullable(name),
    neuronCount: count,
    /** The panel that looks closer. */
    open: v.nullable(name),
    editView: v.picklist(['base', 'edited', 'difference']),
    /** Whether the table of what each edit does is open. */
    editEffects: v.boolean(),
  }),
);

const pins = v.partial(
  v.strictObject({
    place: v.nullable(v.partial(v.strictObject({ layer: count, head: count, term: text(64) }))),
    neuron: v.nullable(count),
  }),
);

/** One cell of a patching map. */
const patchCell = v.strictObject({
  layer: count,
  position: v.optional(count),
  head: v.optional(count),
  neuron: v.optional(count),
});

const closer = v.partial(
  v.strictObject({
    exactness: v.partial(
      v.strictObject({
        unit: v.picklist(['head', 'neuron']),
        targets: v.picklist(['next', 'last-input']),
      }),
    ),
    logitLens: v.partial(
      v.strictObject({
        scale: v.picklist(['recomputed', 'frozen', 'none']),
        colour: v.picklist(['top', 'next', 'target', 'rank', 'entropy']),
      }),
    ),
    norms: v.partial(
      v.strictObject({
        stage: v.nullable(count),
        by: v.picklist(['cumulative', 'kind', 'single']),
        value: v.picklist(['prompt', 'typed']),
        typed: text(64),
      }),
    ),
    neuronAblation: v.partial(
      v.strictObject({
        count,
        effect: v.picklist(['entropy', 'loss']),
        amount: number,
        twice: v.picklist(['entropy', 'change']),
      }),
    ),
    writes: v.partial(
      v.strictObject({
        part: text(128),
        at: v.picklist(['position', 'weights']),
        input: text(32),
      }),
    ),
    attention: v.partial(
      v.strictObject({ weighting: v.picklist(['pattern', 'value', 'dla']), epsilon: text(32) }),
    ),
    patching: v.partial(
      v.strictObject({
        clean: PROMPT,
        corrupted: PROMPT,
        target: tokens,
        contrast: tokens,
        wordsOf: name,
        site: text(32),
        granularity: text(32),
        direction: v.picklist(['denoising', 'noising']),
        normalise: v.boolean(),
        layer: v.nullable(count),
        cell: v.nullable(patchCell),
        over: v.picklist(['these', 'ioi', 'typed']),
        ioiCount: text(32),
        ioiSeed: text(32),
        typedPairs: PROMPT,
      }),
    ),
    text: v.partial(
      v.strictObject({
        source: v.picklist(['sample', 'typed']),
        typed: PROMPT,
        window: v.nullable(count),
        overlap: v.picklist(['none', 'half', 'most']),
        prependBos: v.boolean(),
        attribution: v.boolean(),
      }),
    ),
    paper: v.partial(v.strictObject({ text: PROMPT })),
  }),
);

const generation = v.partial(
  v.strictObject({
    mode: v.picklist(['free', 'forced']),
    leader: v.nullable(name),
    maxTokens: text(32),
    temperature: text(32),
    topK: text(32),
    topP: text(32),
    seed: text(32),
  }),
);

/** What the arms were when the link was made, so that another model under the same name is noticed. */
const models = v.record(
  name,
  v.strictObject({ dtype: v.nullable(v.picklist(['f32', 'f16', 'q8'])), weights: v.nullable(text(128)) }),
);

/** Of each arm the likeliest next token, its probability and the explained quantity, as its author saw them. */
const fingerprint = v.record(name, v.strictObject({ top: count, prob: number, value: v.nullable(number) }));

export const LinkV1 = v.partial(
  v.strictObject({
    text: PROMPT,
    prependBos: v.boolean(),
    pair: name,
    /** Of the demo pair: which of the sets of weights that ever came with the page, counted from 1. The first where it is not said. */
    demo: count,
    /** Where the pair's arms come from, if not with the site: enough to offer them to a person who lacks them. */
    repos: v.record(name, v.strictObject({ name: text(256), revision: text(128) })),
    position: v.nullable(count),
    target: tokens,
    contrast: tokens,
    view,
    pins,
    edits,
    closer,
    generation,
    models,
    fingerprint,
  }),
);

/** A link's content, defaults left out. */
export type Link = v.InferOutput<typeof LinkV1>;

/** The first thing that is wrong with untrusted data, as a path and words; null where it is a link. */
export function faultOf(data: unknown): { link: Link; fault: null } | { link: null; fault: string } {
  const parsed = v.safeParse(LinkV1, data);
  if (parsed.success) return { link: parsed.output, fault: null };
  const [issue] = parsed.issues;
  const where = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  return { link: null, fault: where ? `${where}: ${issue.message}` : issue.message };
}
