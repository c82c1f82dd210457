"""Windows made by rule, a small share of the training: random tokens that repeat, and sentences that pass things on.

The first kind has nothing to learn but to look back and copy; its first round is not scored. The second names two or
three persons and asks for the right one. The forms in `HELD_OUT_FORMS` are never trained on: evaluate.py asks them.
"""

import numpy as np

NAMES = """John James David Michael Robert William Thomas George Paul Mark Peter Andrew Daniel Richard Charles Joseph Steve
Chris Mike Tom Jim Bob Joe Ben Dan Sam Tim Matt Jack Max Alex Adam Eric Ryan Kevin Jason Scott Brian Frank Henry Tony
Mary Sarah Jessica Jennifer Lisa Anna Emma Kate Jane Alice Rose Lucy Lily Amy Sara Mia Sue Ann Maria Julia Laura Rachel
Emily Elizabeth Martin Simon Luke Justin Anthony Nick Greg Jeff Ted Fred Bill Ken Ray Roy Leo Carl Harry Barry Larry""".split()
PLACES = "park store garden school beach house forest shop library farm zoo kitchen river lake market field".split()
THINGS = "ball book toy cake apple hat box cup flower key letter ring map coin bag drink doll kite car pen".split()
GIVES = ["gave", "handed", "passed", "showed", "sold", "brought", "threw", "offered"]

FORMS = [
    "{a} and {b} went to the {place}. {s} {gave} the {thing} to {o}.",
    "{a} and {b} were at the {place}. {s} found a {thing}. {s} {gave} it to {o}.",
    "One day, {a} and {b} played in the {place}. {s} had a {thing}, and {s} {gave} it to {o}.",
    "Then, {a} and {b} saw a {thing}. {s} wanted to give the {thing} to {o}.",
    "While {a} and {b} were in the {place}, {s} {gave} a {thing} to {o}.",
    "{a} met {b} at the {place}. {s} said hello to {o}. {o} said hello to {s}.",
    "After {a} and {b} left the {place}, {s} told a story to {o}.",
    "The {thing} was for {b}, not for {a}. So {a} {gave} it to {b}.",
    "{a} had a friend. The friend was {b}. {s} {gave} a {thing} to {o}. \"Thank you, {s}!\" said {o}.",
    "{a}, {b} and {c} sat in the {place}. {a} and {b} talked, but {c} was quiet. {s} smiled at {c}, and then at {o}.",
]
HELD_OUT_FORMS = [
    "When {a} and {b} went to the {place}, {s} gave a {thing} to",
    "When {a} and {b} got a {thing} at the {place}, {s} decided to give it to",
    "Friends {a} and {b} found a {thing} at the {place}. {s} gave it to",
]


def passing_on(rng):
    """One text: two persons in either order, one of whom does something to the other."""
    a, b, c = rng.choice(NAMES, 3, replace=False)
    s, o = (a, b) if rng.random() < 0.5 else (b, a)
    words = {"place": rng.choice(PLACES), "thing": rng.choice(THINGS), "gave": rng.choice(GIVES)}
    return str(rng.choice(FORMS)).format(a=a, b=b, c=c, s=s, o=o, **words)


def names_window(rng, tokenizer, length, end_of_text):
    """(ids, targets), [length] each: such texts one after another, every token scored."""
    ids = []
    while len(ids) <= length:
        ids += [end_of_text, *tokenizer.encode(" ".join(passing_on(rng) for _ in range(rng.integers(1, 3))))]
    return np.array(ids[:length]), np.array(ids[1 : length + 1])


def repeat_window(rng, known, length, end_of_text):
    """(ids, targets), [length] each: 8 to 100 random tokens again and again; the first round has the target −1.

    Half of the windows draw from `known`, the others from the whole vocabulary.
    """
    span = int(rng.integers(8, 101))
    tokens = rng.choice(known, span) if rng.random() < 0.5 else rng.integers(0, end_of_text, span)
    ids = np.concatenate([[end_of_text], np.resize(tokens, length)])
    targets = ids[1 : length + 1].copy()
    targets[:span] = -1
    return ids[:length], targets
