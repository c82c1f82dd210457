"""Fine-tunes the original to one of the two arms: the vanilla control, or the model without LayerNorm.

    python3 training/arms.py lnfree --start work/original --ids work/ids --out work/lnfree

Both arms begin at the same checkpoint with a fresh optimiser and take equal steps over the same windows in the same
order. `vanilla` keeps every LayerNorm and has no auxiliary loss. `lnfree` loses them one by one: ln_2 of every layer,
then ln_1 for queries and keys, then ln_1 for values, then ln_f (Baroni et al. 2025, arXiv:2507.02559, table 3). A σ
follows its running mean while its norm is in force and stays as it is from then on; ln_1's goes on until the values
lose it. The first position and <|endoftext|> get no σ of their own.
"""

from pathlib import Path

import torch

from arguments import parser
from data import FINE_TUNING, Data
from loop import train
from model import GPT, Config


def removals(n_layer, options):
    """{share of the run: (site, use)}: when each use of each norm goes."""
    plan, at = [], options.begin
    for site, use, gap in [("ln_2", "norm", options.gap_mlp), ("ln_1", "qk", options.gap_qk), ("ln_1", "v", options.gap_v)]:
        for layer in range(n_layer):
            plan.append((at, f"h.{layer}.{site}", use))
            at += gap
    plan.append((at + options.gap_v, "ln_f", "norm"))
    return plan


class Removal:
    """Called before every step: takes out what is due. Where a run goes on, what was out is out again."""

    def __init__(self, plan, momentum):
        self.plan, self.momentum = plan, momentum

    def __call__(self, model, step, progress):
        sites = dict(model.sites())
        for site in sites.values():
            site.momentum = self.momentum
        for at, name, use in self.plan:
            uses = {"qk", "v"} if use in ("qk", "v") else {"norm"}
            if progress >= at and use not in sites[name].off:
                sites[name].off.add(use)
                print(f"step {step}: {name} {use} taken out, sigma {float(sites[name].sigma):.4f}", flush=True)
            if sites[name].off == uses:
                sites[name].momentum = None


@torch.no_grad()
def first_sigma(state, config, options):
    """Sets every running mean to its value on 64 training windows, so that it does not begin at 1."""
    model = GPT(config)
    model.load_state_dict(state)
    model.train()
    data = Data(options.ids, options.seed + 1, 64, config.n_ctx, config.vocab_size - 1, FINE_TUNING)
    for _, site in model.sites():
        site.momentum = 0.0
    model.residual(data.batch(0, 1.0)[0])
    # ln_f is behind residual(): it sees what the last block leaves.
    model.ln_f.follow(model.residual(data.batch(0, 1.0)[0]))
    return model.state_dict()


def main():
    options = parser(__doc__.splitlines()[0], steps=800)
    add = options.add_argument
    add("arm", choices=["vanilla", "lnfree"])
    add("--start", required=True, help="folder of the original's checkpoint.pt")
    add("--aux", type=float, default=0.1, help="weight of the auxiliary loss of lnfree")
    add("--momentum", type=float, default=0.9, help="of the running means of σ")
    add("--begin", type=float, default=0.07, help="share of the run at which the first norm goes")
    add("--gap-mlp", type=float, default=0.025, help="share of the run between two removals")
    add("--gap-qk", type=float, default=0.015)
    add("--gap-v", type=float, default=0.035)
    # The peak is below the original's, and falls once the norms are out.
    options.set_defaults(lr=1.5e-3, muon_lr=0.008, warm=0.05, hold=0.5)
    chosen = options.parse_args()
    stored = torch.load(Path(chosen.start) / "checkpoint.pt")
    config = Config(**stored["config"])
    if chosen.arm == "vanilla":
        train(chosen, config, chosen.out, FINE_TUNING, start=stored["model"])
        return
    start = first_sigma(stored["model"], config, chosen)
    plan = removals(config.n_layer, chosen)
    if plan[-1][0] >= 1:
        raise SystemExit(f"The last norm would go at {plan[-1][0]:.2f} of the run: make the gaps smaller.")
    train(chosen, config, chosen.out, FINE_TUNING, start=start, before_step=Removal(plan, chosen.momentum), aux=chosen.aux)


if __name__ == "__main__":
    main()
