"""Training windows from token files: corpora in shares that change as the training goes on, and the windows made by rule.

A window is <|endoftext|> and then what stands anywhere in a corpus, so that position 0 always has the same token, as
when the page puts it before a prompt. Every choice follows from the seed and the number of the step alone.
"""

from pathlib import Path

import numpy as np
import torch

from bpe import Tokenizer
from synthetic import names_window, repeat_window

STORIES = "tinystories"
EARLY = {"african-storybook": 0.04, "childrens-classics": 0.18}
# (until this share of the run, share of the windows of every kind); what is left over comes from the stories.
PHASES = [
    (0.52, {**EARLY, "lcats-short-stories": 0.24, "repeat": 0.03, "names": 0.03}),
    (0.80, {**EARLY, "lcats-short-stories": 0.18, "repeat": 0.08, "names": 0.04}),
    (0.91, {**EARLY, "lcats-short-stories": 0.19, "repeat": 0.03, "names": 0.08}),
    (1.00, {"african-storybook": 0.03, "repeat": 0.01, "names": 0.05}),
]
FINE_TUNING = [(1.00, {"african-storybook": 0.03, "repeat": 0.01, "names": 0.12})]
AT_START = 0.3  # of the windows begin where a document does


class Corpus:
    """Token ids of one file, read in windows that cover it once an epoch, shuffled and shifted anew each time."""

    def __init__(self, path, seed, length, end_of_text):
        self.ids = np.fromfile(path, dtype="<u2").astype(np.int64)
        self.starts = np.flatnonzero(self.ids == end_of_text)
        self.seed, self.length = seed, length
        self.per_epoch = max(1, (len(self.ids) - length) // length - 1)
        self.epoch, self.order = -1, None

    def window(self, k, at_start):
        """`length` + 1 ids: the k-th window of the training; `at_start` moves it back to where its document begins."""
        epoch, i = divmod(k, self.per_epoch)
        if epoch != self.epoch:
            rng = np.random.default_rng([self.seed, epoch])
            self.epoch = epoch
            self.order = rng.integers(self.length) + self.length * rng.permutation(self.per_epoch)
        start = self.order[i]
        if at_start:
            start = self.starts[np.searchsorted(self.starts, start, side="right") - 1] + 1
        return self.ids[start : start + self.length]


class Data:
    """`batch(step, progress)` → ids and targets; `state()` and `restore` carry on where a run stopped."""

    def __init__(self, folder, seed, windows, length, end_of_text, phases):
        folder = Path(folder)
        self.tokenizer = Tokenizer(folder / "tokenizer.json")
        self.seed, self.windows, self.length, self.end_of_text = seed, windows, length, end_of_text
        self.phases = phases
        names = [STORIES, *(name for name in phases[0][1] if (folder / f"{name}.u16").exists())]
        self.corpora = {n: Corpus(folder / f"{n}.u16", seed + i, length, end_of_text) for i, n in enumerate(names)}
        self.read = {name: 0 for name in self.corpora}
        counts = np.bincount(self.corpora[STORIES].ids, minlength=end_of_text)[:end_of_text]
        self.known = np.flatnonzero(counts >= 20)  # tokens that the stories teach

    def shares(self, progress):
        """{kind: share of the windows} at `progress` in [0, 1]; a corpus that is not there leaves its share to the stories."""
        phase = next((shares for until, shares in self.phases if progress < until), self.phases[-1][1])
        shares = {name: share for name, share in phase.items() if name in self.corpora or name in ("repeat", "names")}
        return {STORIES: 1 - sum(shares.values()), **shares}

    def batch(self, step, progress):
        """ids and targets, [windows, length]; target −1 is not scored."""
        rng = np.random.default_rng([self.seed, 7, step])
        shares = self.shares(progress)
        kinds = rng.choice(list(shares), self.windows, p=list(shares.values()))
        pairs = [self.pair(str(kind), rng) for kind in kinds]
        return tuple(torch.from_numpy(np.stack(side)) for side in zip(*pairs))

    def pair(self, kind, rng):
        if kind == "repeat":
            return repeat_window(rng, self.known, self.length, self.end_of_text)
        if kind == "names":
            return names_window(rng, self.tokenizer, self.length, self.end_of_text)
        text = self.corpora[kind].window(self.read[kind], rng.random() < AT_START)
        self.read[kind] += 1
        return np.concatenate([[self.end_of_text], text[:-1]]), text

    def state(self):
        return dict(self.read)

    def restore(self, state):
        self.read.update(state)


def held_out(folder, length, windows, end_of_text):
    """ids and targets [windows, length]: evenly spaced in the held-out stories, each opened by <|endoftext|>."""
    ids = np.fromfile(Path(folder) / "held-out.u16", dtype="<u2").astype(np.int64)
    starts = np.linspace(0, len(ids) - length, windows).astype(int)
    targets = np.stack([ids[s : s + length] for s in starts])
    inputs = np.concatenate([np.full((windows, 1), end_of_text), targets[:, :-1]], axis=1)
    return torch.from_numpy(inputs), torch.from_numpy(targets)
