"""Writes a checkpoint.pt in the form of the Hub: config.json, model.safetensors, tokenizer.json, tokenizer_config.json.

    python3 training/export.py work/lnfree work/export/lnfree --ids work/ids

An arm without norms gets the form of the released LN-free models: layer_norm_epsilon 1e12 and every gain × 1e6 / σ, so
that (x − mean) / sqrt(var + 1e12) · gain is a linear map of x, the same to 32 bits as FakeLN.
"""

import argparse
import json
import math
import shutil
from pathlib import Path

import torch

import files
from model import EPS, GPT, Config


def tensors(state, config, free):
    """{GPT-2's name: tensor} of a model's state; `free`: with the σ of every site in its gain."""
    model = GPT(config)
    model.load_state_dict(state)
    state = {**state, "wte": model.embedding()}
    named = {theirs: state[ours].double() for ours, theirs in files.tensor_names(config.n_layer)}
    if free:
        for name, site in model.sites():
            named[f"{name}.weight"] = named[f"{name}.weight"] * (math.sqrt(files.FREE_EPS) / site.sigma.double())
    return named


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", help="folder of checkpoint.pt")
    options.add_argument("out")
    options.add_argument("--ids", required=True, help="folder that tokenise.ts wrote, for tokenizer.json")
    options.add_argument("--free", action="store_true", help="the arm without norms")
    chosen = options.parse_args()
    stored = torch.load(Path(chosen.run) / "checkpoint.pt")
    config = Config(**stored["config"])
    sizes = vars(config)
    named = tensors(stored["model"], config, chosen.free)
    files.write(chosen.out, files.config_json(sizes, files.FREE_EPS if chosen.free else EPS), named)
    shutil.copy(Path(chosen.ids) / "tokenizer.json", chosen.out)
    end = "<|endoftext|>"
    settings = {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, "bos_token": end, "eos_token": end}
    settings |= {"unk_token": end, "model_max_length": config.n_ctx}
    (Path(chosen.out) / "tokenizer_config.json").write_text(json.dumps(settings, separators=(",", ":")))


if __name__ == "__main__":
    main()
