"""Makes an LN-free-form twin of any checkpoint without training: every σ frozen at its mean over a text.

    python3 training/twin.py public/models/demo/original /tmp/twin --ids work/ids

The twin is a worse language model, but every identity of an LN-free model holds on it, at any shape, and its file has
the released form. Without --ids the σ come from random tokens, which suits random weights.
"""

import argparse
import math
import shutil
from pathlib import Path

import torch

import files
from data import held_out
from reference import Reference


class Watched(Reference):
    """A checkpoint that notes the mean σ of every norm over windows and the positions after the first."""

    def __init__(self, folder):
        super().__init__(folder)
        self.sigmas = {}

    def norm(self, x, name):
        y, sigma = super().norm(x, name)
        self.sigmas[name] = float(sigma[:, 1:].mean())
        return y, sigma


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", help="folder of a checkpoint with LayerNorm")
    options.add_argument("out")
    options.add_argument("--ids", help="folder that tokenise.ts wrote: the held-out stories set the σ")
    options.add_argument("--windows", type=int, default=32)
    chosen = options.parse_args()
    model = Watched(chosen.model)
    if not model.has_norm:
        raise SystemExit(f"{chosen.model} is without norms already.")
    config = model.config
    if chosen.ids:
        ids, _ = held_out(chosen.ids, config["n_ctx"], chosen.windows, config["bos_token_id"])
    else:
        torch.manual_seed(0)
        ids = torch.randint(config["vocab_size"], (chosen.windows, config["n_ctx"]))
    model.logits(ids)
    for name, sigma in model.sigmas.items():
        model.p[f"{name}.weight"] *= math.sqrt(files.FREE_EPS) / sigma
    files.write(chosen.out, {**config, "layer_norm_epsilon": files.FREE_EPS}, model.p)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (Path(chosen.model) / name).exists():
            shutil.copy(Path(chosen.model) / name, chosen.out)


if __name__ == "__main__":
    main()
