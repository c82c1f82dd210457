"""Runs every stage on a few hundred made-up stories, in about a minute: does the whole program work from a clean clone?

    python3 training/smoke.py

Trains a tiny original twice: the same seed must end at the same loss to 1e-3, also when the second run is stopped and
goes on. Then both arms, the exports, and every measurement. Says what failed, and exits with 1, or ends with `smoke: ok`.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from bpe import Tokenizer
from files import FREE_EPS, read
from model import GPT, Config
from reference import Reference
from synthetic import passing_on

HERE = Path(__file__).parent
TINY = ["--steps", "12", "--windows", "4", "--check-windows", "4", "--check-every", "6", "--threads", "2"]
SHAPE = ["--n-layer", "2", "--n-head", "2", "--n-embd", "64", "--null-dims", "4"]


def stage(name, *arguments):
    """Runs training/<name>.py; its own words are shown only where it fails."""
    command = [sys.executable, HERE / f"{name}.py", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise SystemExit(f"smoke: {name} {' '.join(map(str, arguments))} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(holds, what):
    if not holds:
        raise SystemExit(f"smoke: {what}")


def stories(count=520):
    """A text of made-up stories, each longer than 200 characters."""
    rng = np.random.default_rng(0)
    return "\n<|endoftext|>\n".join(" ".join(passing_on(rng) for _ in range(7)) for _ in range(count))


def final_loss(run):
    with open(run / "log.csv", newline="") as file:
        return float(list(csv.DictReader(file))[-1]["loss"])


def same_as_trained(run, exported, free):
    """The exported file's logits against those of the model that was trained, whose weights were not rounded to F16."""
    stored = torch.load(run / "checkpoint.pt")
    model = GPT(Config(**stored["config"]))
    model.load_state_dict(stored["model"])
    model.eval()
    for _, site in model.sites():
        site.off = {"norm", "qk", "v"} if free else set()
    ids = torch.arange(40)[None] * 7
    with torch.no_grad():
        error = (model(ids).double() - Reference(exported).logits(ids)).abs().max()
    expect(error < 0.02, f"{exported.name}: logits differ from the trained model's by {error:.4f}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "tinystories.txt").write_text(stories())
        ids = work / "ids"
        command = ["node", "tools/run.mjs", "training/tokenise.ts", ids, work / "tinystories.txt"]
        subprocess.run(command, cwd=HERE.parent, check=True, stdout=subprocess.DEVNULL)
        manifest = json.loads((ids / "manifest.json").read_text())
        expect([c["documents"] for c in manifest["corpora"]] == [100, 420], "tokenise.ts held out other stories")
        stored = np.fromfile(ids / "tinystories.u16", "<u2").tolist()
        text = (work / "tinystories.txt").read_text().split("\n<|endoftext|>\n")[0]
        mine = Tokenizer(ids / "tokenizer.json").encode(text)
        expect(stored[1 : 1 + len(mine)] == mine, "bpe.py and the project's tokenizer cut a story differently")

        for run, stops in (("original", []), ("again", ["--stop-after", 5]), ("again", [])):
            stage("original", "--ids", ids, "--out", work / run, *SHAPE, *TINY, *stops)
        first, second = final_loss(work / "original"), final_loss(work / "again")
        expect(abs(first - second) < 1e-3, f"the same seed ended at {first} and {second}")

        for arm in ("vanilla", "lnfree"):
            stage("arms", arm, "--start", work / "original", "--ids", ids, "--out", work / arm, *TINY)
        models = work / "models"
        for arm in ("original", "vanilla", "lnfree"):
            free = ["--free"] if arm == "lnfree" else []
            stage("export", work / arm, models / arm, "--ids", ids, *free)
            same_as_trained(work / arm, models / arm, bool(free))
        expect(read(models / "lnfree")[0]["layer_norm_epsilon"] == FREE_EPS, "lnfree has the wrong epsilon")

        stage("twin", models / "original", work / "twin", "--ids", ids)
        expect(not Reference(work / "twin").has_norm, "the twin has norms")
        stage("evaluate", models, "--ids", ids, "--windows", 8, "--prompts", 20, "--out", work / "report.json")
        stage("confidence", models / "original", "--ids", ids, "--windows", 2, "--neurons", 4, "--out", work / "neurons.json")
        stage("reference", models, "--out", work / "golden.json")
        stage("search", models, "--count", 8, "--out", work / "prompts.json")
        stage("card", models, "--runs", work, "--report", work / "report.json", "--ids", ids, "--confidence", work / "neurons.json")
        expect("lnfree" in (models / "README.md").read_text(), "the card does not name the arms")
    print("smoke: ok")


if __name__ == "__main__":
    main()
