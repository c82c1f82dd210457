"""The options that every training stage has, with the values of the demo models."""

import argparse


def parser(about, steps):
    """An argparse parser for a stage of `steps` steps."""
    options = argparse.ArgumentParser(description=about)
    add = options.add_argument
    add("--ids", required=True, help="folder that tokenise.ts wrote")
    add("--out", required=True, help="folder for checkpoint.pt and log.csv; a run that stopped goes on from there")
    add("--steps", type=int, default=steps)
    add("--minutes", type=float, help="end sooner, with the whole schedule, after so many minutes (then no two runs are alike)")
    add("--windows", type=int, default=24, help="windows a step")
    add("--lr", type=float, default=3e-3, help="of AdamW: embeddings, gains, biases")
    add("--muon-lr", type=float, default=0.02, help="of Muon: block matrices; 0 has AdamW for them too")
    add("--decay", type=float, default=0.05, help="weight decay of the block matrices, times the learning rate")
    add("--embedding-decay", type=float, default=0.02)
    add("--warm", type=float, default=0.03, help="share of the run over which the learning rate rises")
    add("--hold", type=float, default=0.4, help="from this share on it falls")
    add("--floor", type=float, default=0.0, help="to this part of its peak")
    add("--stop-after", type=int, help="stop after so many steps, to go on at the next call")
    add("--clip", type=float, default=1.0)
    add("--seed", type=int, default=1337)
    add("--threads", type=int, default=2)
    add("--half", action="store_true", help="matrix products in bfloat16 (fast where the processor has AVX512-BF16)")
    add("--check-every", type=int, default=250, help="steps between two looks at the held-out stories")
    add("--check-windows", type=int, default=64)
    return options
