"""GPT-2 small as PyTorch runs it, on the machine that our suite is measured on: python3 torchPeer.py --json torch.json

The operations of Hugging Face's model in plain modules, random weights, float32 with TF32 off, logits of every position;
decoding is one token after 256 with their keys and values cached, and the ten largest logits. Run three ways: eager with
the pattern materialised, eager with PyTorch's fused attention, and torch.compile. `bench.mjs --torch torch.json` takes the
rows as peers by name.
"""

import argparse
import json
import statistics
import time
from datetime import datetime, timezone

import torch
import torch.nn.functional as F
from torch import nn

LAYERS, HEADS, WIDTH, CONTEXT, VOCABULARY = 12, 12, 768, 1024, 50257
CACHED, TOP_K = 256, 10


class Attention(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.fused = fused
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.past = False
        self.register_buffer("past_k", torch.zeros(1, HEADS, CACHED, WIDTH // HEADS))
        self.register_buffer("past_v", torch.zeros(1, HEADS, CACHED, WIDTH // HEADS))

    def forward(self, x):  # [1, pos, WIDTH]
        q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.c_attn(x).split(WIDTH, dim=-1))
        if self.past:  # one token, which sees all others
            k, v = torch.cat([self.past_k, k], dim=2), torch.cat([self.past_v, v], dim=2)
        if self.fused:
            z = F.scaled_dot_product_attention(q, k, v, is_causal=not self.past)
        else:
            scores = q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5  # [1, head, query, key]
            if not self.past:
                future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=x.device).triu(1)
                scores = scores.masked_fill(future, torch.finfo(scores.dtype).min)
            z = scores.softmax(dim=-1) @ v
        return self.c_proj(z.transpose(1, 2).flatten(-2))


class Block(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(WIDTH), Attention(fused), nn.LayerNorm(WIDTH)
        self.c_fc, self.c_proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, fused):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.h = nn.ModuleList(Block(fused) for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH)

    def use_past(self, past):
        """Whether the keys and values of CACHED positions stand before those of the ids."""
        for block in self.h:
            block.attn.past = past

    def forward(self, ids, positions):
        x = self.wte(ids) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def random_model(fused, device):
    """About N(0, 0.02): speed does not depend on the values, except where they are all zero."""
    torch.manual_seed(1)
    model = Gpt2(fused).eval()
    for tensor in [*(p for p in model.parameters() if p.dim() == 2), *model.buffers()]:
        nn.init.normal_(tensor, std=0.02)
    return model.to(device)


def call_of(model, run, length, device):
    """A call of `run`, which is the model or made of it: all logits of a prompt, or one more token where length is None."""
    first, count = (CACHED, 1) if length is None else (0, length)
    positions = torch.arange(first, first + count, device=device)
    ids = ((positions * 7919 + 11) % VOCABULARY)[None]
    model.use_past(length is None)
    if length is None:
        return lambda: torch.topk(run(ids, positions)[0, -1], TOP_K)
    return lambda: run(ids, positions)


def measure(call, device, rounds, warm=5):
    """Milliseconds per call, each until the device is done: {median, min, mad, n}."""

    def timed():
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - start)

    for _ in range(warm):
        timed()
    times = [timed() for _ in range(rounds)]
    median = statistics.median(times)
    mad = statistics.median([abs(t - median) for t in times])
    return {"median": median, "min": min(times), "mad": mad, "n": rounds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", required=True)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--lengths", default="16,64,256,1024")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    options = parser.parse_args()
    device = options.device
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device here; say --device cpu to measure on the processor.")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")

    rows = []

    def measure_all(peer, model, make_run):
        for length in [*map(int, options.lengths.split(",")), None]:
            name = f"decode.ctx{CACHED} small" if length is None else f"prefill.T{length} small"
            call = call_of(model, make_run(), length, device)
            ms = measure(call, device, options.rounds)
            rows.append({"name": name, "peer": peer, "ms": ms})
            print(f"{name:20} {peer:18} median {ms['median']:9.3f} ms, min {ms['min']:9.3f} ms", flush=True)

    with torch.inference_mode():
        plain, fused = random_model(False, device), random_model(True, device)
        measure_all("torch eager", plain, lambda: plain)
        measure_all("torch eager, sdpa", fused, lambda: fused)
        # The strongest way there is: compiled per length, replayed as one CUDA graph.
        mode = "reduce-overhead" if device == "cuda" else "default"
        measure_all("torch compile", fused, lambda: torch.compile(fused, mode=mode, dynamic=False))

    result = {
        "date": datetime.now(timezone.utc).isoformat(),
        "version": torch.__version__,
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "rows": rows,
    }
    with open(options.json, "w") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
