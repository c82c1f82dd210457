"""GPT-2's forward pass in float64 from the exported files, written apart from model.py, and golden values made with it.

    python3 training/reference.py public/models/demo --out golden.json

Hook names are TransformerLens's. T positions, C = n_embd, H heads, V tokens; no batch dimension unless said.
"""

import argparse
import json
import math
from pathlib import Path

import torch

import files
from bpe import Tokenizer


class Reference:
    """A checkpoint of either form: with LayerNorm, or (layer_norm_epsilon ≥ 1) with gains that stand for 1/σ already."""

    def __init__(self, folder, dtype=torch.float64):
        self.config, self.p = files.read(folder, dtype)
        self.eps = self.config["layer_norm_epsilon"]
        self.has_norm = self.eps < 1

    def norm(self, x, name):
        """(normalised x, σ or None)."""
        gain, bias = self.p[f"{name}.weight"], self.p[f"{name}.bias"]
        centred = x - x.mean(-1, keepdim=True)
        if not self.has_norm:
            return centred * (gain / math.sqrt(self.eps)) + bias, None
        sigma = ((centred**2).mean(-1, keepdim=True) + self.eps).sqrt()
        return centred / sigma * gain + bias, sigma

    def forward(self, ids, hooks=None):
        """Residual before ln_f [.., T, C] for ids [.., T]; `hooks` collects activations by name."""
        p, heads = self.p, self.config["n_head"]
        keep = hooks.__setitem__ if hooks is not None else lambda name, value: None
        length = ids.shape[-1]
        causal = torch.full((length, length), -math.inf, dtype=p["wte.weight"].dtype).triu(1)
        x = p["wte.weight"][ids] + p["wpe.weight"][:length]
        keep("hook_embed", p["wte.weight"][ids])
        for i in range(self.config["n_layer"]):
            at = f"h.{i}"
            keep(f"blocks.{i}.hook_resid_pre", x)
            h, _ = self.norm(x, f"{at}.ln_1")
            qkv = h @ p[f"{at}.attn.c_attn.weight"] + p[f"{at}.attn.c_attn.bias"]
            q, k, v = (part.unflatten(-1, (heads, -1)).transpose(-2, -3) for part in qkv.chunk(3, -1))
            pattern = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + causal).softmax(-1)
            keep(f"blocks.{i}.attn.hook_pattern", pattern)
            z = (pattern @ v).transpose(-2, -3)
            keep(f"blocks.{i}.attn.hook_z", z)
            attn = z.flatten(-2) @ p[f"{at}.attn.c_proj.weight"] + p[f"{at}.attn.c_proj.bias"]
            keep(f"blocks.{i}.hook_attn_out", attn)
            x = x + attn
            h, _ = self.norm(x, f"{at}.ln_2")
            u = h @ p[f"{at}.mlp.c_fc.weight"] + p[f"{at}.mlp.c_fc.bias"]
            post = 0.5 * u * (1 + torch.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3)))
            keep(f"blocks.{i}.mlp.hook_post", post)
            mlp = post @ p[f"{at}.mlp.c_proj.weight"] + p[f"{at}.mlp.c_proj.bias"]
            keep(f"blocks.{i}.hook_mlp_out", mlp)
            x = x + mlp
            keep(f"blocks.{i}.hook_resid_post", x)
        return x

    def unembed(self, x, hooks=None):
        """Logits [.., T, V] of a final residual x."""
        h, sigma = self.norm(x, "ln_f")
        if hooks is not None and sigma is not None:
            hooks["ln_final.hook_scale"] = sigma
        return h @ self.p["wte.weight"].t()

    def logits(self, ids, hooks=None):
        return self.unembed(self.forward(ids, hooks), hooks)


def golden(folder, tokenizer, texts):
    """Per text and hook: shape, sum, sum of magnitudes and 8 values spread evenly over it; and the ten best next tokens."""
    model, found = Reference(folder), {}
    for text in texts:
        ids, hooks = torch.tensor([model.config["bos_token_id"], *tokenizer.encode(text)]), {}
        logits = model.logits(ids, hooks)
        best = logits[-1].log_softmax(-1).topk(10)
        found[text] = {
            "ids": ids.tolist(),
            "best": list(zip(best.indices.tolist(), best.values.tolist())),
            "hooks": {name: sample(value) for name, value in {**hooks, "logits": logits}.items()},
        }
    return found


def sample(value, count=8):
    """What golden values keep of an activation, to nine digits."""
    flat = value.flatten()
    at = torch.linspace(0, len(flat) - 1, min(count, len(flat))).round().long()
    return {
        "shape": list(value.shape),
        "sum": digits(flat.sum()),
        "magnitude": digits(flat.abs().sum()),
        "at": at.tolist(),
        "values": [digits(x) for x in flat[at]],
    }


def digits(value):
    return float(f"{float(value):.9g}")


TEXTS = [
    "Once upon a time, there was a little girl named Lily. She had a red ball. One day, she",
    "When Tom and Mary went to the park, Mary gave the ball to",
    "The dog",
]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", help="folder with a folder for every arm")
    options.add_argument("--out", required=True)
    chosen = options.parse_args()
    arms = sorted(path.parent for path in Path(chosen.models).glob("*/config.json"))
    found = {arm.name: golden(arm, Tokenizer(arm / "tokenizer.json"), TEXTS) for arm in arms}
    Path(chosen.out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
