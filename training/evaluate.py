"""Measures exported arms: loss on the held-out stories, copying, and giving things to the right person.

    python3 training/evaluate.py public/models/demo --ids training/work/ids --out report.json

Float64 unless --fast. Every arm sees the very same windows and prompts.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from bpe import Tokenizer
from data import held_out
from reference import Reference
from synthetic import HELD_OUT_FORMS, NAMES, PLACES, THINGS


@torch.no_grad()
def loss(model, windows, batch=8):
    """(nats per token, entropy of the predictions) over windows = (ids, targets), [N, T] each."""
    total = entropy = 0.0
    for ids, targets in zip(*(side.split(batch) for side in windows)):
        log_p = model.logits(ids).log_softmax(-1)
        total -= float(log_p.gather(-1, targets[..., None]).sum())
        entropy -= float((log_p.exp() * log_p).sum())
    return total / windows[1].numel(), entropy / windows[1].numel()


@torch.no_grad()
def induction(model, seed=0, batch=16, span=60):
    """Random tokens said twice: the best heads' mean weight on the token after the last copy, and the loss of each round."""
    end = model.config["bos_token_id"]
    rng = np.random.default_rng(seed)
    once = rng.integers(0, end, (batch, span))
    ids = torch.from_numpy(np.concatenate([np.full((batch, 1), end), once, once], axis=1))
    hooks = {}
    log_p = model.logits(ids, hooks)[:, :-1].log_softmax(-1)
    losses = -log_p.gather(-1, ids[:, 1:, None])[..., 0]
    scores = {}
    for i in range(model.config["n_layer"]):
        # Query at position q in the second round, key at q − span + 1.
        diagonal = hooks[f"blocks.{i}.attn.hook_pattern"].diagonal(1 - span, -2, -1)[..., 2:]
        for head, score in enumerate(diagonal.mean((0, -1)).tolist()):
            scores[f"L{i}H{head}"] = round(score, 4)
    best = dict(sorted(scores.items(), key=lambda item: -item[1])[:4])
    first, second = float(losses[:, :span].mean()), float(losses[:, span:].mean())
    return {"heads": best, "lossFirst": first, "lossSecond": second}


@torch.no_grad()
def giving(model, tokenizer, prompts, seed=0):
    """'When A and B went to the P, A gave a T to' in forms that the training never showed, in both orders."""
    rng = np.random.default_rng(seed)
    single = [name for name in NAMES if len(tokenizer.encode(f" {name}")) == 1]
    right = first = 0
    differences = []
    for _ in range(prompts):
        a, b = rng.choice(single, 2, replace=False)
        s, o = (a, b) if rng.random() < 0.5 else (b, a)
        words = {"place": rng.choice(PLACES), "thing": rng.choice(THINGS)}
        text = str(rng.choice(HELD_OUT_FORMS)).format(a=a, b=b, s=s, **words)
        ids = torch.tensor([model.config["bos_token_id"], *tokenizer.encode(text)])
        logits = model.unembed(model.forward(ids)[-1:])[0]
        answer, other = (tokenizer.encode(f" {name}")[0] for name in (o, s))
        differences.append(float(logits[answer] - logits[other]))
        right += differences[-1] > 0
        first += int(logits.argmax()) == answer
    return {"right": right / prompts, "firstOfAll": first / prompts, "meanLogitDifference": float(np.mean(differences))}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", help="folder with a folder for every arm")
    options.add_argument("--ids", required=True, help="folder that tokenise.ts wrote")
    options.add_argument("--out")
    options.add_argument("--windows", type=int, default=512)
    options.add_argument("--prompts", type=int, default=400, help="sentences of giving")
    options.add_argument("--fast", action="store_true", help="float32: the losses agree with float64 to 1e-5")
    chosen = options.parse_args()
    report = {}
    for arm in sorted(path.parent for path in Path(chosen.models).glob("*/config.json")):
        model = Reference(arm, torch.float32 if chosen.fast else torch.float64)
        config = model.config
        windows = held_out(chosen.ids, config["n_ctx"], chosen.windows, config["bos_token_id"])
        nats, entropy = loss(model, windows)
        tokenizer = Tokenizer(arm / "tokenizer.json")
        report[arm.name] = {
            "lossNatsPerToken": nats,
            "entropyNats": entropy,
            "tokens": windows[1].numel(),
            "induction": induction(model),
            "giving": giving(model, tokenizer, prompts=chosen.prompts),
        }
        print(arm.name, json.dumps(report[arm.name]), flush=True)
    if chosen.out:
        Path(chosen.out).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
