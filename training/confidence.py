"""Looks for confidence neurons in an exported model and measures how much of their effect goes through the final norm.

    python3 training/confidence.py public/models/demo/original --ids work/ids

Last-layer neurons are ranked by ‖w_out‖ / LogitVar, writing weights centred, unembedding with the final gain folded in
and centred over d_model and over the vocabulary (Stolfo et al. 2024; arXiv:2507.02559, eq. 11 and 12). Then each is set
to its mean over held-out stories: once with σ recomputed (total effect on the entropy) and once with σ as it was (direct
effect). LN-mediated share = 1 − mean |direct| / mean |total|, over all positions but the first.
"""

import argparse
import json
import math
from pathlib import Path

import torch

from data import held_out
from reference import Reference


def unembedding(model):
    """W_U' [C, V]: gain folded in, centred over d_model, then over the vocabulary."""
    gain = model.p["ln_f.weight"] / (1 if model.has_norm else math.sqrt(model.eps))
    w = gain[:, None] * model.p["wte.weight"].t()
    w = w - w.mean(0)
    return w - w.mean(1, keepdim=True)


def ranking(model):
    """Per last-layer neuron: ‖w_out‖, LogitVar, their ratio, and the share of w_out in each singular direction."""
    w = unembedding(model)
    last = f"h.{model.config['n_layer'] - 1}.mlp.c_proj.weight"
    out = model.p[last] - model.p[last].mean(1, keepdim=True)  # [neurons, C]
    norm = out.norm(dim=1)
    lengths = w.norm(dim=0).clamp(min=1e-12)
    variance = ((out @ w) / (norm[:, None] * lengths)).var(dim=1)
    values, directions = torch.linalg.eigh(w @ w.t())  # ascending
    singular = values.clamp(min=0).sqrt()
    null = singular < 0.02 * singular[-1]
    in_null = (out @ directions[:, null]).norm(dim=1) / norm
    return {"norm": norm, "logitVar": variance, "ratio": norm / variance, "inNull": in_null, "singular": singular.flip(0)}


def entropy(logits):
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1)


@torch.no_grad()
def effects(model, windows, neurons, batch=8):
    """{neuron: (mean |total|, mean |direct|, mean total)} on the entropy, nats, over positions 1.. of windows [N, T]."""
    layer = model.config["n_layer"] - 1
    w_out = model.p[f"h.{layer}.mlp.c_proj.weight"]
    mean = torch.zeros(w_out.shape[0], dtype=w_out.dtype)
    kept = []
    for ids in windows.split(batch):
        hooks = {}
        residual = model.forward(ids, hooks)[:, 1:]
        post = hooks[f"blocks.{layer}.mlp.hook_post"][:, 1:]
        mean += post.sum((0, 1))
        kept.append((residual.flatten(0, 1), post.flatten(0, 1)))
    count = sum(len(r) for r, _ in kept)
    mean /= count
    found = {n: [0.0, 0.0, 0.0] for n in neurons}
    gain, bias, wte = model.p["ln_f.weight"], model.p["ln_f.bias"], model.p["wte.weight"]
    for residual, post in kept:
        clean = entropy(model.unembed(residual))
        _, sigma = model.norm(residual, "ln_f")
        for n in neurons:
            changed = residual + (mean[n] - post[:, n : n + 1]) * w_out[n]
            total = entropy(model.unembed(changed)) - clean
            if sigma is None:
                direct = total
            else:
                centred = changed - changed.mean(-1, keepdim=True)
                direct = entropy((centred / sigma * gain + bias) @ wte.t()) - clean
            for i, value in enumerate((total.abs(), direct.abs(), total)):
                found[n][i] += float(value.sum()) / count
    return found


def report(folder, ids, count, windows):
    model = Reference(folder)
    ranked = ranking(model)
    order = ranked["ratio"].argsort(descending=True)[:count].tolist()
    config = model.config
    texts, _ = held_out(ids, config["n_ctx"], windows, config["bos_token_id"])
    found = effects(model, texts, order)
    neurons = [
        {
            "neuron": n,
            "norm": float(ranked["norm"][n]),
            "logitVar": float(ranked["logitVar"][n]),
            "inNullSpace": float(ranked["inNull"][n]),
            "total": found[n][0],
            "direct": found[n][1],
            "meanTotal": found[n][2],
            "throughNorm": 1 - found[n][1] / found[n][0],
        }
        for n in order
    ]
    singular = ranked["singular"]
    return {"neurons": neurons, "singularValues": singular.tolist(), "nullDims": int((singular < 0.02 * singular[0]).sum())}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model")
    options.add_argument("--ids", required=True, help="folder that tokenise.ts wrote")
    options.add_argument("--neurons", type=int, default=16)
    options.add_argument("--windows", type=int, default=16)
    options.add_argument("--out")
    chosen = options.parse_args()
    found = report(chosen.model, chosen.ids, chosen.neurons, chosen.windows)
    print("neuron  |w_out|  LogitVar  in null  |total|  |direct|  mean total  through the norm")
    for n in found["neurons"]:
        print(
            f"{n['neuron']:6d}  {n['norm']:7.3f}  {n['logitVar']:.2e}  {n['inNullSpace']:7.3f}  {n['total']:.5f}  "
            f"{n['direct']:.5f}  {n['meanTotal']:+.5f}  {n['throughNorm']:.3f}"
        )
    print("null dimensions (below 2 % of the largest singular value):", found["nullDims"])
    if chosen.out:
        Path(chosen.out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
