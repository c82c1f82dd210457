"""GPT-2's byte-pair encoding from a tokenizer.json, for the sentences that the training makes itself and for prompts.

Texts of the corpora are cut by the project's own tokenizer (tokenise.ts); smoke.py holds this one to the same ids.
"""

import json
import re

WORDS = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_symbols():
    """GPT-2's printable character of every byte, [256]."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


class Tokenizer:
    """`encode` and `decode` between text and ids."""

    def __init__(self, path):
        with open(path, encoding="utf8") as file:
            stored = json.load(file)
        model = stored["model"]
        pairs = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]
        self.rank = {pair: i for i, pair in enumerate(pairs)}
        self.id = {**model["vocab"], **{t["content"]: t["id"] for t in stored["added_tokens"]}}
        self.token = {i: t for t, i in self.id.items()}
        self.symbol = byte_symbols()
        self.byte = {s: b for b, s in self.symbol.items()}
        self.known = {}

    def word(self, text):
        """Ids of one word: the oldest merge first, until none is left."""
        parts = [self.symbol[b] for b in text.encode()]
        while len(parts) > 1:
            ranks = [self.rank.get(pair, len(self.rank)) for pair in zip(parts, parts[1:])]
            best = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[best] == len(self.rank):
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return [self.id[p] for p in parts]

    def encode(self, text):
        ids = []
        for word in WORDS.findall(text):
            if word not in self.known:
                self.known[word] = self.word(word)
            ids += self.known[word]
        return ids

    def decode(self, ids):
        return bytes(b for i in ids for b in (self.byte[s] for s in self.token[int(i)])).decode(errors="replace")
