/** Prompts for indirect object identification: two names, one of them said again, and the other is the answer (SCIENCE §11). */

import { InputError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import { checkCount } from './armRun.ts';
import type { IoiPair, IoiSetName } from './types/index.ts';

/** The fifteen templates of Wang et al. 2022, fig. 14; [B] is the subject, the answer [A] stands after the end. */
export const IOI_TEMPLATES: readonly string[] = [
  'Then, [B] and [A] went to the [PLACE]. [B] gave a [OBJECT] to',
  'Then, [B] and [A] had a lot of fun at the [PLACE]. [B] gave a [OBJECT] to',
  'Then, [B] and [A] were working at the [PLACE]. [B] decided to give a [OBJECT] to',
  'Then, [B] and [A] were thinking about going to the [PLACE]. [B] wanted to give a [OBJECT] to',
  'Then, [B] and [A] had a long argument, and afterwards [B] said to',
  'After [B] and [A] went to the [PLACE], [B] gave a [OBJECT] to',
  'When [B] and [A] got a [OBJECT] at the [PLACE], [B] decided to give it to',
  'When [B] and [A] got a [OBJECT] at the [PLACE], [B] decided to give the [OBJECT] to',
  'While [B] and [A] were working at the [PLACE], [B] gave a [OBJECT] to',
  'While [B] and [A] were commuting to the [PLACE], [B] gave a [OBJECT] to',
  'After the lunch, [B] and [A] went to the [PLACE]. [B] gave a [OBJECT] to',
  'Afterwards, [B] and [A] went to the [PLACE]. [B] gave a [OBJECT] to',
  'Then, [B] and [A] had a long argument. Afterwards [B] said to',
  'The [PLACE] [B] and [A] went to had a [OBJECT]. [B] gave it to',
  'Friends [B] and [A] found a [OBJECT] at the [PLACE]. [B] gave it to',
];

/** Its names, places and objects, each one token of GPT-2. */
const WORDS = {
  name: words(`Michael Christopher Jessica Matthew Ashley Jennifer Joshua Amanda Daniel David James Robert John Joseph
    Andrew Ryan Brandon Jason Justin Sarah William Jonathan Stephanie Brian Nicole Nicholas Anthony Heather Eric Elizabeth
    Adam Megan Melissa Kevin Steven Thomas Timothy Christina Kyle Rachel Laura Lauren Amber Brittany Danielle Richard
    Kimberly Jeffrey Amy Crystal Michelle Tiffany Jeremy Benjamin Mark Emily Aaron Charles Rebecca Jacob Stephen Patrick
    Sean Erin Jamie Kelly Samantha Nathan Sara Dustin Paul Angela Tyler Scott Katherine Andrea Gregory Erica Mary Travis
    Lisa Kenneth Bryan Lindsey Kristen Jose Alexander Jesse Katie Lindsay Shannon Vanessa Courtney Christine Alicia Cody
    Allison Bradley Samuel`),
  place: words('store garden restaurant school hospital office house station'),
  object: words('ring kiss bone basketball computer necklace drink snack'),
};

/** What sentences have been published with: [template, first name, second name, place, object]. */
type Sentence = readonly [template: string, first: string, second: string, place: string, object: string];

const FIRST = IOI_TEMPLATES[0] as string;
const SENTENCES: Readonly<Record<Exclude<IoiSetName, 'seeded'>, readonly Sentence[]>> = {
  // The first of the paper's 480 prompts.
  paper: [
    [FIRST, 'Jamie', 'Erin', 'house', 'bone'],
    [FIRST, 'Sara', 'Katie', 'house', 'computer'],
    [FIRST, 'Jesse', 'Gregory', 'hospital', 'basketball'],
    [FIRST, 'Robert', 'Elizabeth', 'station', 'necklace'],
  ],
  // The eight prompts of TransformerLens's demonstrations.
  'transformer-lens': [
    ['When [B] and [A] went to the [PLACE], [B] gave the [OBJECT] to', 'John', 'Mary', 'shops', 'bag'],
    ['When [B] and [A] went to the [PLACE], [B] gave the [OBJECT] to', 'Tom', 'James', 'park', 'ball'],
    ['When [B] and [A] went to the [PLACE], [B] gave an [OBJECT] to', 'Dan', 'Sid', 'shops', 'apple'],
    ['After [B] and [A] went to the [PLACE], [B] gave a [OBJECT] to', 'Martin', 'Amy', 'park', 'drink'],
  ],
};

export interface IoiOptions {
  readonly set: IoiSetName;
  readonly count: number;
  readonly seed: number;
  /** Index into IOI_TEMPLATES: all prompts of one have the same length. */
  readonly template: number;
}

/** Whether a text, its leading space included, is one token of the vocabulary that the prompts are for. */
type IsOneToken = (text: string) => boolean;

/**
 * The pairs of a set. Only a seeded one heeds `count`, `seed` and `template`.
 * @throws InputError for what is no set, and as `seeded` and `published` do.
 */
export function ioiPairs(options: IoiOptions, isOneToken: IsOneToken): IoiPair[] {
  const { set } = options;
  if (set === 'seeded') return seeded(options, isOneToken);
  if (Object.hasOwn(SENTENCES, set)) return published(set, isOneToken);
  const allowed = ['seeded', ...Object.keys(SENTENCES)];
  throw new InputError(`set is '${String(set)}', but must be one of: ${allowed.join(', ')}.`, {
    set,
    allowed,
  });
}

/**
 * `count` pairs, drawn anew for every four: two names X and Y, a place and an object give “X and Y … X”, “X and Y … Y”,
 * “Y and X … Y”, “Y and X … X”. The corrupted prompt of each differs in the repeated name alone, so that the answer flips.
 * Only words that are one token are drawn.
 * @throws InputError for a count, seed or template that is none, and where the vocabulary has too few of the words.
 */
function seeded({ count, seed, template }: IoiOptions, isOneToken: IsOneToken): IoiPair[] {
  checkCount('count', count, 1, 10_000);
  checkCount('seed', seed, 0, 2 ** 32 - 1);
  const text = IOI_TEMPLATES[checkCount('template', template, 0, IOI_TEMPLATES.length - 1)] as string;
  const have = (kind: keyof typeof WORDS) => WORDS[kind].filter((word) => isOneToken(` ${word}`));
  const [names, places, objects] = [have('name'), have('place'), have('object')];
  if (names.length < 2 || places.length < 1 || objects.length < 1)
    throw new InputError(
      `This vocabulary has too few of the words as single tokens: ${names.length} of ${WORDS.name.length} names, ${places.length} places, ${objects.length} objects. Type pairs of your own.`,
      { names, places, objects },
    );
  const random = mulberry32(seed);
  const draw = (from: readonly string[]) => from[Math.floor(random() * from.length)] as string;
  const pairs: IoiPair[] = [];
  while (pairs.length < count) {
    const x = draw(names);
    const y = draw(names.filter((name) => name !== x));
    const [place, object] = [draw(places), draw(objects)];
    pairs.push(...bothOf([text, x, y, place, object]), ...bothOf([text, y, x, place, object]));
  }
  return pairs.slice(0, count);
}

/**
 * A published set. @throws InputError where a word of it is more than one token, since positions would not line up.
 */
function published(set: Exclude<IoiSetName, 'seeded'>, isOneToken: IsOneToken): IoiPair[] {
  const all = SENTENCES[set].flatMap(([, ...own]) => own);
  const broken = [...new Set(all)].filter((word) => !isOneToken(` ${word}`));
  if (broken.length > 0)
    throw new InputError(
      `The set '${set}' is made for GPT-2's vocabulary: here ${broken.join(', ')} are more than one token each. Use set 'seeded', which draws words that this vocabulary has.`,
      { set, broken },
    );
  return SENTENCES[set].flatMap(bothOf);
}

/** The two prompts of a sentence, each corrupted by the other. */
function bothOf([template, first, second, place, object]: Sentence): [IoiPair, IoiPair] {
  const text = (again: string) =>
    template
      .replace('[B]', first)
      .replace('[A]', second)
      .replace('[B]', again)
      .replaceAll('[PLACE]', place)
      .replaceAll('[OBJECT]', object);
  const pair = (subject: string, answer: string): IoiPair => ({
    clean: { text: text(subject) },
    corrupted: { text: text(answer) },
    target: ` ${answer}`,
    contrast: ` ${subject}`,
  });
  return [pair(first, second), pair(second, first)];
}

function words(list: string): readonly string[] {
  return list.split(/\s+/);
}
