"""The training loop of every stage: schedule, log, held-out loss, and checkpoints from which a run goes on as if unbroken."""

import csv
import os
import time
from pathlib import Path

import torch

import model as gpt
from data import PHASES, Data, held_out
from model import GPT, Config
from muon import optimiser


def schedule(progress, warm, hold, floor):
    """Factor of the learning rate: up over `warm`, level until `hold`, then down in a line to `floor` at 1."""
    if progress < warm:
        return max(progress, 1e-3) / warm
    return 1.0 if progress < hold else 1 - (1 - floor) * (progress - hold) / (1 - hold)


@torch.no_grad()
def validation(model, windows, batch=16):
    """Mean nats per token of `windows` = (ids, targets), in 32 bits, LayerNorms as they are."""
    kept, gpt.HALF["dtype"], training = gpt.HALF["dtype"], None, model.training
    model.eval()
    parts = zip(*(side.split(batch) for side in windows))
    loss = sum(float(model.loss(ids, targets)[0]) * len(ids) for ids, targets in parts) / len(windows[0])
    gpt.HALF["dtype"] = kept
    model.train(training)
    return loss


class Run:
    """What a checkpoint holds: model, optimiser, the place in the data, the random state, steps and seconds."""

    def __init__(self, folder, config, model, optim, data):
        self.path = folder / "checkpoint.pt"
        self.config, self.model, self.optim, self.data = config, model, optim, data
        self.step, self.before, self.began = 0, 0.0, time.time()
        if self.path.exists():
            self.go_on(torch.load(self.path))
        self.stored = time.time()

    def go_on(self, kept):
        """As if it had never stopped."""
        self.model.load_state_dict(kept["model"])
        self.optim.load_state_dict(kept["optim"])
        self.data.restore(kept["data"])
        torch.set_rng_state(kept["rng"])
        self.step, self.before = kept["step"], kept["seconds"]

    def seconds(self):
        """That the run took, without its breaks."""
        return self.before + time.time() - self.began

    def store(self):
        """Written beside, then renamed: a stop never leaves half a checkpoint."""
        state = dict(model=self.model.state_dict(), optim=self.optim.state_dict(), data=self.data.state())
        state.update(rng=torch.get_rng_state(), step=self.step, seconds=self.seconds(), config=vars(self.config))
        torch.save(state, f"{self.path}.part")
        os.replace(f"{self.path}.part", self.path)
        self.stored = time.time()

    def progress(self, options):
        """Share of the run that is over, by steps or, with `--minutes`, by the clock where that is further."""
        by_clock = self.seconds() / 60 / options.minutes if options.minutes else 0
        return max(self.step / options.steps, by_clock)


def train(options, config, out, phases=PHASES, start=None, before_step=None, aux=0.0):
    """Trains into `out`/checkpoint.pt, or goes on from there, and returns the model.

    options: see arguments.py. phases: shares of the windows, see data.py. start: state of the model to begin from.
    before_step(model, step, progress): is called before each step. Writes `out`/log.csv: step, progress, seconds, loss,
    auxiliary loss, held-out loss where measured.
    """
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    gpt.HALF["dtype"] = torch.bfloat16 if options.half else None
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    end_of_text = config.vocab_size - 1
    model = GPT(Config(**vars(config)))
    if start:
        model.load_state_dict(start)
    optim = optimiser(model, options.lr, options.muon_lr, options.decay, options.embedding_decay)
    peaks = [group["lr"] for group in optim.param_groups]
    data = Data(options.ids, options.seed, options.windows, config.n_ctx, end_of_text, phases)
    check = held_out(options.ids, config.n_ctx, options.check_windows, end_of_text)
    run = Run(out, config, model, optim, data)

    def step(progress):
        """One step of the optimiser; the loss and the auxiliary loss before it."""
        for group, peak in zip(optim.param_groups, peaks):
            group["lr"] = peak * schedule(min(progress, 1), options.warm, options.hold, options.floor)
        if before_step:
            before_step(model, run.step, progress)
        model.train()
        ids, targets = data.batch(run.step, progress)
        loss, extra = model.loss(ids, targets, aux, end_of_text)
        (loss + extra).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), options.clip)
        optim.step()
        optim.zero_grad()
        run.step += 1
        return float(loss), float(extra)

    last = options.steps if options.stop_after is None else min(options.steps, run.step + options.stop_after)
    with open(out / "log.csv", "a", newline="") as file:
        log = csv.writer(file)
        if run.step == 0:
            log.writerow(["step", "progress", "seconds", "loss", "aux", "held_out"])
        done = False
        while run.step < last and not done:
            progress = run.progress(options)
            loss, extra = step(progress)
            done = progress >= 1 or run.step == options.steps
            measured = f"{validation(model, check):.4f}" if done or run.step % options.check_every == 0 else ""
            log.writerow([run.step, f"{progress:.4f}", f"{run.seconds():.1f}", f"{loss:.4f}", f"{extra:.4f}", measured])
            file.flush()
            if measured:
                print(f"step {run.step} progress {progress:.3f} {run.seconds():.0f} s loss {loss:.3f} held out {measured}", flush=True)
            if done or run.step == last or time.time() - run.stored > 120:
                run.store()
    return model
