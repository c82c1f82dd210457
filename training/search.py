"""Looks for prompts on which the demo models behave well, and prompts on which original and LN-free differ.

    python3 training/search.py public/models/demo --out prompts.json

Makes prompts of four kinds (giving, repetition, a quote that must close, a story's word that comes back), asks every arm
for its next token, and lists per kind those that all arms get right, the surest first, and those where original and
LN-free are furthest apart (Jensen–Shannon divergence, nats, at most ln 2).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from bpe import Tokenizer
from reference import Reference
from synthetic import NAMES, PLACES, THINGS

ADJECTIVES = "red blue big little old new yellow green soft shiny".split()
QUESTIONS = ["Do you want to play with me", "Can I play with you", "Will you help me", "Can you see the bird", "What is wrong", "Do you like it"]


def giving(rng):
    a, b = rng.choice(NAMES, 2, replace=False)
    s, o = (a, b) if rng.random() < 0.5 else (b, a)
    return f"When {a} and {b} went to the {rng.choice(PLACES)}, {s} gave the {rng.choice(THINGS)} to", f" {o}"


def repetition(rng):
    words = [f"{n} had a {adj} {t}." for n, adj, t in zip(rng.choice(NAMES, 3, False), rng.choice(ADJECTIVES, 3, False), rng.choice(THINGS, 3, False))]
    again = int(rng.integers(3))
    cut = words[again].rsplit(" ", 1)
    return f"{' '.join(words)} {cut[0]}", f" {cut[1][:-1]}"


def quote(rng):
    a, b = rng.choice(NAMES, 2, replace=False)
    # One token ends the question and what is said; GPT-2's vocabulary has the mark alone, too.
    return f'{a} saw {b} in the {rng.choice(PLACES)}. {a} asked, "{rng.choice(QUESTIONS)}', '?"'


def comes_back(rng):
    a, thing = rng.choice(NAMES), rng.choice(THINGS)
    adjective = rng.choice(ADJECTIVES)
    return f"Once upon a time, there was a {adjective} {thing}. {a} liked to play with the {adjective}", f" {thing}"


KINDS = {"giving": giving, "repetition": repetition, "quote": quote, "comes back": comes_back}


def divergence(a, b):
    """Jensen–Shannon divergence of two log-distributions [V], nats."""
    mean = torch.logaddexp(a, b) - np.log(2)
    return float(((a.exp() * (a - mean)).sum() + (b.exp() * (b - mean)).sum()) / 2)


@torch.no_grad()
def ask(models, tokenizer, text, answer):
    """What every arm says next; None where the answer is more than one token."""
    target = tokenizer.encode(answer)
    if len(target) != 1:
        return None
    log_p = {}
    for arm, model in models.items():
        ids = torch.tensor([model.config["bos_token_id"], *tokenizer.encode(text)])
        log_p[arm] = model.unembed(model.forward(ids)[-1:])[0].log_softmax(-1)
    said = {}
    for arm, values in log_p.items():
        best = values.topk(3)
        said[arm] = {
            "answer": float(values[target[0]].exp()),
            "first": int(best.indices[0]) == target[0],
            "best": [[tokenizer.decode([i]), round(float(p), 4)] for i, p in zip(best.indices.tolist(), best.values.exp())],
        }
    apart = divergence(log_p["original"], log_p["lnfree"])
    return {"prompt": text, "answer": answer, "divergence": apart, "arms": said}


def search(models, tokenizer, make, count, rng, top=8):
    found = [f for f in (ask(models, tokenizer, *make(rng)) for _ in range(count)) if f]
    solved = [f for f in found if all(arm["first"] for arm in f["arms"].values())]
    solved.sort(key=lambda f: -min(arm["answer"] for arm in f["arms"].values()))
    apart = sorted(found, key=lambda f: -f["divergence"])
    return {"asked": len(found), "solvedByAll": len(solved), "best": solved[:top], "furthestApart": apart[:top]}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", help="folder with original, vanilla and lnfree")
    options.add_argument("--count", type=int, default=200, help="prompts of every kind")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", required=True)
    chosen = options.parse_args()
    arms = sorted(path.parent for path in Path(chosen.models).glob("*/config.json"))
    models = {arm.name: Reference(arm, torch.float32) for arm in arms}
    tokenizer = Tokenizer(arms[0] / "tokenizer.json")
    rng = np.random.default_rng(chosen.seed)
    found = {kind: search(models, tokenizer, make, chosen.count, rng) for kind, make in KINDS.items()}
    Path(chosen.out).write_text(json.dumps(found, indent=1))
    for kind, result in found.items():
        print(f"\n## {kind}: {result['solvedByAll']} of {result['asked']} solved by all arms")
        for name in ("best", "furthestApart"):
            for f in result[name]:
                said = "; ".join(f"{arm} {s['best'][0][0]!r} {s['best'][0][1]:.2f}" for arm, s in f["arms"].items())
                print(f"{name} {f['divergence']:.4f} {f['prompt']!r} → {f['answer']!r}: {said}")


if __name__ == "__main__":
    main()
