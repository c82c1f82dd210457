"""Looks for confidence neurons in an exported model and measures how much of their effect goes through the final norm.

    python3 training/confidence.py public/models/demo/original --ids work/ids

Last-layer neurons are ranked by ‖w_out‖ / LogitVar, writing weights centred, unembedding with the final gain folded in
and centred over d_model and over the vocabulary (Stolfo et al. 2024; arXiv:2507.02559, eq. 11 and 12). Then each is set
to its mean over held-out stories: once with σ recomputed (total effect on the entropy) and once with σ as it was (direct
effect). LN-mediated share = 1 − mean |direct| / mean |total|, over all positions but the first.
"""

import argparse
import json
from pathlib import Path

import torch

from data import held_out
from reference import Reference


def unembedding(model):
    """W_U' [C, V], up to a factor where the norm is gone: gain folded in, centred over d_model, then over the vocabulary."""
    w = model.p["ln_f.weight"][:, None] * model.p["wte.weight"].t()
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


def centred(x):
    return x - x.mean(-1, keepdim=True)


def entropy(logits):
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1)


@torch.no_grad()
def effects(model, windows, neurons, rows=256):
    """{neuron: (mean |total|, mean |direct|, mean total)} on the entropy, nats, over positions 1.. of windows [N, T].

    Logits are linear in the residual but for σ: with L = C r · gain · Uᵀ, an ablation adds (ā − a) · C w_out · gain · Uᵀ.
    """
    layer = model.config["n_layer"] - 1
    gain, eps = model.p["ln_f.weight"], model.eps
    unembed, bias = model.p["wte.weight"].t(), model.p["ln_f.bias"] @ model.p["wte.weight"].t()
    w_out = centred(model.p[f"h.{layer}.mlp.c_proj.weight"])

    def sigma(r):
        return ((r**2).mean(-1, keepdim=True) + eps).sqrt()  # without a norm: the root of its 1e12

    hooks = {}
    residual = centred(model.forward(windows, hooks)[:, 1:].flatten(0, 1))
    post = hooks[f"blocks.{layer}.mlp.hook_post"][:, 1:].flatten(0, 1)
    mean = post.mean(0)
    found = {n: [0.0, 0.0, 0.0] for n in neurons}
    for r, a in zip(residual.split(rows), post.split(rows)):
        raw, before = (r * gain) @ unembed, sigma(r)
        clean = entropy(raw / before + bias)
        for n in neurons:
            change = mean[n] - a[:, n : n + 1]
            logits = raw + change * ((w_out[n] * gain) @ unembed)
            direct = entropy(logits / before + bias) - clean
            after = sigma(r + change * w_out[n])
            total = entropy(logits / after + bias) - clean if model.has_norm else direct
            for i, value in enumerate((total.abs(), direct.abs(), total)):
                found[n][i] += float(value.sum()) / len(residual)
    return found


def through_norm(effect):
    return 1 - effect[1] / effect[0]


def report(folder, ids, count, windows):
    """The `count` best by ‖w_out‖ / LogitVar, and the `count` with the largest share through the norm, measured alike.

    The second list is drawn from all neurons by one window, of those whose mean |total| is at least 0.01 nats.
    """
    model = Reference(folder)
    ranked = ranking(model)
    by_ratio = ranked["ratio"].argsort(descending=True).tolist()
    config = model.config
    texts, _ = held_out(ids, config["n_ctx"], windows, config["bos_token_id"])
    scan = effects(model, texts[:1], by_ratio) if model.has_norm else {}
    strong = sorted((n for n in scan if scan[n][0] >= 0.01), key=lambda n: -through_norm(scan[n]))
    lists = {"byRatio": by_ratio[:count], "byShare": strong[:count]}
    found = effects(model, texts, sorted({n for chosen in lists.values() for n in chosen}))

    def entry(n):
        total, direct, mean_total = found[n]
        return {
            "neuron": n,
            "rank": by_ratio.index(n),
            "norm": float(ranked["norm"][n]),
            "logitVar": float(ranked["logitVar"][n]),
            "inNullSpace": float(ranked["inNull"][n]),
            "total": total,
            "direct": direct,
            "meanTotal": mean_total,
            "throughNorm": through_norm(found[n]),
        }

    singular = ranked["singular"]
    null = int((singular < 0.02 * singular[0]).sum())
    measured = {name: [entry(n) for n in chosen] for name, chosen in lists.items()}
    return {**measured, "singularValues": singular.tolist(), "nullDims": null}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model")
    options.add_argument("--ids", required=True, help="folder that tokenise.ts wrote")
    options.add_argument("--neurons", type=int, default=16)
    options.add_argument("--windows", type=int, default=16)
    options.add_argument("--out")
    chosen = options.parse_args()
    found = report(chosen.model, chosen.ids, chosen.neurons, chosen.windows)
    for name, title in (("byRatio", "best by |w_out| / LogitVar"), ("byShare", "largest share through the norm")):
        print(f"{title}\nneuron  rank  |w_out|  LogitVar  in null  |total|  |direct|  mean total  through the norm")
        for n in found[name]:
            print(
                f"{n['neuron']:6d}  {n['rank']:4d}  {n['norm']:7.3f}  {n['logitVar']:.2e}  {n['inNullSpace']:7.3f}  {n['total']:.5f}  "
                f"{n['direct']:.5f}  {n['meanTotal']:+.5f}  {n['throughNorm']:.3f}"
            )
    print("null dimensions (below 2 % of the largest singular value):", found["nullDims"])
    if chosen.out:
        Path(chosen.out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
