# A GPT-2 checkpoint as Hugging Face keeps it, read with nothing but PyTorch.
import json
import math
import pathlib
import re
import struct
import urllib.error
import urllib.request
from types import SimpleNamespace

import torch

PRECISION = torch.float64  # torch.float32 halves the memory, and the tolerances below still hold
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def fetch(source, name):
    """A file of a folder as it is, of an address downloaded once; None where there is none."""
    if "://" not in source:
        path = pathlib.Path(source) / name
        return path if path.exists() else None
    path = pathlib.Path("normless-weights") / re.sub(r"\W+", "-", source) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        try:
            urllib.request.urlretrieve(f"{source}/{name}", part)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        part.rename(path)
    return path


def weight_files(source):
    """One file, or the shards of an index."""
    whole = fetch(source, "model.safetensors")
    if whole:
        return [whole]
    index = fetch(source, "model.safetensors.index.json")
    if not index:
        raise FileNotFoundError(f"{source} has no model.safetensors. Set ANALYSIS['arms'][...]['source'].")
    return [fetch(source, name) for name in sorted(set(json.loads(index.read_text())["weight_map"].values()))]


def read_safetensors(path):
    """Names and tensors: 8 bytes of length, a JSON header, then the values, little-endian and row-major."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            file.seek(8 + length + start)
            if entry["dtype"] in TYPES:  # masks of other types are no parameters
                values = torch.frombuffer(bytearray(file.read(end - start)), dtype=TYPES[entry["dtype"]])
                yield name, values.reshape(entry["shape"]).float()


def as_kept(matrix, storage):
    """A matrix as the page kept it on its device: vectors and 'f32' stay whole."""
    if storage == "f16":
        return matrix.half().float()
    if storage != "q8":
        return matrix
    # 8 bits: a scale for every 64 neighbours of a row, their largest magnitude, and 255 steps between ±scale.
    columns = matrix.shape[-1]
    groups = torch.nn.functional.pad(matrix.double(), (0, -columns % 64)).unflatten(-1, (-1, 64))
    scale = groups.abs().amax(-1, keepdim=True)
    steps = torch.where(scale > 0, torch.full_like(scale, 127) / scale, torch.zeros_like(scale))
    return (torch.floor(groups * steps + 0.5) / 127 * scale).flatten(-2)[..., :columns].float()


def load(arm):
    """Config and weights of one arm. Without LayerNorm (epsilon ≥ 1e3) the files carry gain·√epsilon: undone here."""
    files = weight_files(arm["source"])
    config = json.loads(fetch(arm["source"], "config.json").read_text())
    epsilon = config["layer_norm_epsilon"]
    free = epsilon >= 1e3
    weights = {}
    for path in files:
        for name, value in read_safetensors(path):
            name = re.sub(r"^transformer\.", "", name)
            if name.endswith((".attn.bias", ".attn.masked_bias")):
                continue  # buffers of the causal mask
            if free and re.search(r"ln_[12f]\.weight$", name):
                value = value / math.sqrt(epsilon)
            weights[name] = (as_kept(value, arm["storage"]) if value.dim() > 1 else value).to(PRECISION)
    return SimpleNamespace(config=config, weights=weights, free=free, epsilon=epsilon)


MODELS = {name: load(arm) for name, arm in ANALYSIS["arms"].items()}
