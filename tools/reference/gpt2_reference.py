"""GPT-2's activations in float64, independently of src/: the project's own golden values.

    node tools/run.mjs tools/reference/writeTiny.ts /tmp/tiny        # the seeded checkpoints
    python3 tools/reference/gpt2_reference.py /tmp/tiny src/model/fixtures

Needs numpy. Reads <folder>/<form>/{config.json, model.safetensors} and <folder>/tokens.json and writes
<out>/<form>.safetensors with every hook of a run, F32, named and shaped as in TransformerLens.
"""

import json
import pathlib
import struct
import sys

import numpy as np


def read_safetensors(path):
    raw = path.read_bytes()
    (n,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "F16": np.float16}
    return {
        name.removeprefix("transformer."): np.frombuffer(
            raw[8 + n + entry["data_offsets"][0] : 8 + n + entry["data_offsets"][1]], types[entry["dtype"]]
        ).reshape(entry["shape"]).astype(np.float64)
        for name, entry in header.items()
    }


def write_safetensors(path, tensors):
    header, at, chunks = {}, 0, []
    for name, value in tensors.items():
        data = np.ascontiguousarray(value, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
        chunks.append(data)
    text = json.dumps(header, ensure_ascii=False).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def run(config, w, ids):
    """Every hook of one prompt, in the order of the forward pass."""
    T, d, H = len(ids), config["n_embd"], config["n_head"]
    eps = config["layer_norm_epsilon"]
    seen = {}

    def norm(x, name, hook):
        centred = x - x.mean(-1, keepdims=True)
        gain, bias = w[name + ".weight"], w[name + ".bias"]
        if eps >= 1e3:  # LN-free: the released files carry gain * sqrt(eps)
            scale, gain = np.ones((T, 1)), gain / np.sqrt(eps)
        else:
            scale = np.sqrt((centred**2).mean(-1, keepdims=True) + eps)
        seen[hook + ".hook_scale"] = scale
        seen[hook + ".hook_normalized"] = centred / scale * gain + bias
        return seen[hook + ".hook_normalized"]

    seen["hook_embed"] = w["wte.weight"][ids]
    seen["hook_pos_embed"] = w["wpe.weight"][:T]
    x = seen["hook_embed"] + seen["hook_pos_embed"]
    for l in range(config["n_layer"]):
        p, b = f"h.{l}.", f"blocks.{l}."
        seen[b + "hook_resid_pre"] = x
        qkv = norm(x, p + "ln_1", b + "ln1") @ w[p + "attn.c_attn.weight"] + w[p + "attn.c_attn.bias"]
        q, k, v = (part.reshape(T, H, d // H) for part in np.split(qkv, 3, -1))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(d // H)
        scores = np.where(np.tril(np.ones((T, T), bool)), scores, -np.inf)
        pattern = np.exp(scores - scores.max(-1, keepdims=True))
        pattern /= pattern.sum(-1, keepdims=True)
        z = np.einsum("hqk,khd->qhd", pattern, v)
        W_O = w[p + "attn.c_proj.weight"].reshape(H, d // H, d)
        result = np.einsum("qhd,hdm->qhm", z, W_O)
        attn_out = result.sum(1) + w[p + "attn.c_proj.bias"]
        for name, value in dict(q=q, k=k, v=v, attn_scores=scores, pattern=pattern, z=z, result=result).items():
            seen[f"{b}attn.hook_{name}"] = value
        seen[b + "hook_attn_out"] = attn_out
        mid = seen[b + "hook_resid_mid"] = x + attn_out
        pre = norm(mid, p + "ln_2", b + "ln2") @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"]
        post = 0.5 * pre * (1 + np.tanh(np.sqrt(2 / np.pi) * (pre + 0.044715 * pre**3)))
        mlp_out = post @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
        seen[b + "mlp.hook_pre"], seen[b + "mlp.hook_post"], seen[b + "hook_mlp_out"] = pre, post, mlp_out
        x = seen[b + "hook_resid_post"] = mid + mlp_out
    seen["logits"] = norm(x, "ln_f", "ln_final") @ w.get("lm_head.weight", w["wte.weight"]).T
    return seen


def main(folder, out):
    folder, out = pathlib.Path(folder), pathlib.Path(out)
    ids = json.loads((folder / "tokens.json").read_text())
    for form in sorted(p.name for p in folder.iterdir() if p.is_dir()):
        config = json.loads((folder / form / "config.json").read_text())
        weights = read_safetensors(folder / form / "model.safetensors")
        write_safetensors(out / f"{form}.safetensors", run(config, weights, ids))
        print(form, len(ids), "tokens")


if __name__ == "__main__":
    main(*sys.argv[1:])
