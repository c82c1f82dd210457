"""Writes the model card (README.md) and the training curves (curves.csv, curves.svg) beside the exported arms.

    python3 training/card.py work/export --runs work --report report.json --ids work/ids --confidence confidence.json
"""

import argparse
import csv
import json
from pathlib import Path

from data import FINE_TUNING, PHASES
from files import read

ARMS = ("original", "vanilla", "lnfree")
COLOURS = {"original": "#0072b2", "vanilla": "#e69f00", "lnfree": "#009e73"}
LICENCES = {
    "tinystories": "TinyStories, Ronen Eldan and Yuanzhi Li, CDLA-Sharing-1.0",
    "african-storybook": "African Storybook, its authors, African Storybook Initiative / Saide, CC BY",
    "childrens-classics": "children's classics, public domain in the USA",
    "lcats-short-stories": "short stories, public domain in the USA",
    "onestopenglish-ele": "OneStopEnglish, elementary level, CC BY-SA 4.0",
}


def curves(runs):
    """[arm, step, seconds, held-out loss] wherever the loss was measured."""
    rows = []
    for arm in ARMS:
        with open(runs / arm / "log.csv", newline="") as file:
            rows += [[arm, int(r["step"]), float(r["seconds"]), float(r["held_out"])] for r in csv.DictReader(file) if r["held_out"]]
    return rows


def svg(rows, width=640, height=320, margin=48):
    """Held-out loss against the step of each run, the arms' steps counted on from the original's last."""
    last = max(step for arm, step, _, _ in rows if arm == "original")
    points = {arm: [(step + (last if arm != "original" else 0), loss) for a, step, _, loss in rows if a == arm] for arm in ARMS}
    steps = max(step for line in points.values() for step, _ in line)
    low, high = min(r[3] for r in rows), min(max(r[3] for r in rows), min(r[3] for r in rows) + 2)

    def place(step, loss):
        x = margin + step / steps * (width - 2 * margin)
        return f"{x:.1f},{margin + (high - min(loss, high)) / max(high - low, 1e-9) * (height - 2 * margin):.1f}"

    lines = [
        f'<polyline fill="none" stroke="{COLOURS[arm]}" stroke-width="2" points="{" ".join(place(*p) for p in line)}"/>'
        f'<text x="{width - margin + 4}" y="{margin + 16 * i}" fill="{COLOURS[arm]}">{arm}</text>'
        for i, (arm, line) in enumerate(points.items())
    ]
    marks = [f'<text x="4" y="{y}">{value:.2f}</text>' for y, value in ((margin, high), (height - margin, low))]
    marks.append(f'<text x="{margin}" y="{height - 12}">0 … {steps} steps; held-out loss, nats per token</text>')
    frame = f'<rect x="{margin}" y="{margin}" width="{width - 2 * margin}" height="{height - 2 * margin}" fill="none" stroke="#999"/>'
    box = f'viewBox="0 0 {width + 24} {height}" font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><title>Held-out loss by step, of every arm</title>{frame}{"".join(lines + marks)}</svg>\n'


def found_neurons(found):
    """A sentence on the neurons whose effect on the entropy goes at least by half through the final norm."""
    good = [n for n in found["byShare"] if n["throughNorm"] >= 0.5]
    if not good:
        return "no neuron of the last layer whose effect on the entropy goes by half or more through the final norm."
    each = [f"{n['neuron']} ({100 * n['throughNorm']:.0f} %, mean effect {n['total']:.3f} nats)" for n in good]
    return f"last-layer neurons whose effect on the entropy goes by half or more through the final norm: {', '.join(each)}."


def card(config, report, manifest, steps, neurons):
    """The text of README.md."""

    def row(arm):
        r = report[arm]
        heads = ", ".join(f"{name} {score:.2f}" for name, score in r["induction"]["heads"].items() if score >= 0.4) or "none"
        return f"| `{arm}` | {steps[arm]} | {r['lossNatsPerToken']:.4f} | {heads} | {100 * r['giving']['right']:.0f} % |"

    def made(kind):
        """From … to … per cent over the phases."""
        shares = [round(100 * phase[kind]) for _, phase in [*PHASES, *FINE_TUNING]]
        return f"{min(shares)} to {max(shares)}"

    used = [c for c in manifest["corpora"] if c["name"] == "tinystories" or c["name"] in PHASES[0][1]]
    texts = "\n".join(f"- {LICENCES[c['name']]}: {c['tokens']:,} tokens in {c['documents']} documents" for c in used)
    sizes = f"{config['n_layer']} layers, {config['n_head']} heads, d_model {config['n_embd']}, {config['n_ctx']} positions"
    rows = "\n".join(row(arm) for arm in ARMS)
    return f"""# The embedded demo models

Three small GPT-2s ({sizes}, vocabulary {config['vocab_size']:,}) trained for this project by [training/](../../../training/README.md), in the Hub's layout. `vanilla` and `lnfree` were fine-tuned from `original` with equal steps over the same windows; `lnfree` lost its LayerNorms meanwhile and is stored in the released form (`layer_norm_epsilon` 1e12, gains × 1e6 ÷ σ).

| arm | steps | held-out loss (nats per token) | heads that copy (score ≥ 0.4) | gives to the right person |
|---|---|---|---|---|
{rows}

Loss: {report['original']['tokens']:,} tokens of held-out TinyStories in the same evenly spaced windows for all, each opened by `<|endoftext|>`. Copying: mean attention of the head, on 60 random tokens said twice, to the token after the last copy. Giving: of the two names, the right one has the higher logit in sentences of forms that the training did not have (`training/evaluate.py`). Curves: `curves.csv`, `curves.svg`.

**Training data**, none of it in this repository:

{texts}

{made("repeat")} % of the windows were random tokens that repeat (their first round not scored) and {made("names")} % sentences in which one named person gives something to another, made by rule (`training/synthetic.py`, shares by phase in `training/data.py`): heads that copy and that follow names owe part of their strength to these.

**The unembedding has a null space by construction**: the embedding is held at zero in the last {config['null_dims']} of {config['n_embd']} residual directions, so that what is written there reaches the logits through the final norm alone. GPT-2 small comes to about 12 such directions of 768 by itself; a model this small, trained this shortly, does not. What `training/confidence.py` finds in it: {neurons}
"""


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("models", help="folder of the exported arms")
    options.add_argument("--runs", required=True, help="folder of the runs of the three arms")
    options.add_argument("--report", required=True, help="what evaluate.py wrote")
    options.add_argument("--ids", required=True, help="folder that tokenise.ts wrote")
    options.add_argument("--confidence", required=True, help="what confidence.py wrote of the original")
    chosen = options.parse_args()
    out, runs = Path(chosen.models), Path(chosen.runs)
    rows = curves(runs)
    with open(out / "curves.csv", "w", newline="") as file:
        csv.writer(file).writerows([["arm", "step", "seconds", "held_out"], *rows])
    (out / "curves.svg").write_text(svg(rows))
    config, tensors = read(out / "original")
    config["null_dims"] = int((tensors["wte.weight"].abs().max(0).values == 0).sum())
    report, manifest = (json.loads(Path(p).read_text()) for p in (chosen.report, Path(chosen.ids) / "manifest.json"))
    steps = {arm: max(r[1] for r in rows if r[0] == arm) for arm in ARMS}
    found = json.loads(Path(chosen.confidence).read_text())
    (out / "README.md").write_text(card(config, report, manifest, steps, found_neurons(found)))


if __name__ == "__main__":
    main()
