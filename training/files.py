"""Checkpoints as the Hub has them: config.json and model.safetensors with GPT-2's names, matrices F16 and vectors F32."""

import json
import struct
from pathlib import Path

import numpy as np
import torch

DTYPES = {"F16": "<f2", "F32": "<f4"}
FREE_EPS = 1e12  # of the released LN-free models: beside it no variance counts
# Our parameter in a block → GPT-2's tensor.
NAMES = {
    "ln_1.weight": "ln_1.weight",
    "ln_1.bias": "ln_1.bias",
    "c_attn": "attn.c_attn.weight",
    "c_attn_bias": "attn.c_attn.bias",
    "attn_proj": "attn.c_proj.weight",
    "attn_proj_bias": "attn.c_proj.bias",
    "ln_2.weight": "ln_2.weight",
    "ln_2.bias": "ln_2.bias",
    "c_fc": "mlp.c_fc.weight",
    "c_fc_bias": "mlp.c_fc.bias",
    "mlp_proj": "mlp.c_proj.weight",
    "mlp_proj_bias": "mlp.c_proj.bias",
}


def tensor_names(n_layer):
    """(our name, GPT-2's name) of every tensor in the order of the file."""
    pairs = [("wte", "wte.weight"), ("wpe", "wpe.weight")]
    pairs += [(f"h.{i}.{ours}", f"h.{i}.{theirs}") for i in range(n_layer) for ours, theirs in NAMES.items()]
    return [*pairs, ("ln_f.weight", "ln_f.weight"), ("ln_f.bias", "ln_f.bias")]


def config_json(sizes, eps):
    """config.json for sizes (n_layer, n_head, n_embd, n_ctx, vocab_size) and the epsilon of its norms."""
    end = sizes["vocab_size"] - 1
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        **{key: sizes[key] for key in ("n_layer", "n_head", "n_embd", "n_ctx")},
        "n_positions": sizes["n_ctx"],
        "vocab_size": sizes["vocab_size"],
        "layer_norm_epsilon": eps,
        "bos_token_id": end,
        "eos_token_id": end,
        "tie_word_embeddings": True,
    }


def write(folder, config, tensors):
    """config.json and model.safetensors from {GPT-2's name: tensor}; raises ValueError where F16 cannot hold a value."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    header, data, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        dtype = "F16" if tensor.dim() == 2 else "F32"
        values = tensor.detach().double().numpy().astype(DTYPES[dtype])
        if not np.isfinite(values).all():
            raise ValueError(f"{name} has a value that {dtype} cannot hold")
        raw = values.tobytes()
        end = offset + len(raw)
        header[f"transformer.{name}"] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        data.append(raw)
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(b"".join([struct.pack("<Q", len(text)), text, *data]))
    (folder / "config.json").write_text(json.dumps(config, indent=1))


def read(folder, dtype=torch.float64):
    """(config, {GPT-2's name: tensor of `dtype`}) of a checkpoint with F16 or F32 tensors."""
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    file = (folder / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", file[:8])[0]
    tensors = {}
    for name, entry in json.loads(file[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        values = np.frombuffer(file[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name.removeprefix("transformer.")] = torch.from_numpy(values.astype("<f8")).to(dtype)
    return config, tensors
