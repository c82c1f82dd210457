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


def save(path, **state):
    """Written beside, then renamed: a stop never leaves half a checkpoint."""
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)


def train(options, config, out, phases=PHASES, start=None, before_step=None, aux=0.0):
    """Trains into `out`/checkpoint.pt, or goes on from there, and returns the model.

    options: see arguments.py. phases: shares of the windows, see data.py. start: state of the model to begin from. before_step(model, step): is called before each
    step. Writes `out`/log.csv: step, progress, seconds, loss, auxiliary loss, held-out loss where measured.
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
    step, before, halt = 0, 0.0, False
    if (out / "checkpoint.pt").exists():
        stored = torch.load(out / "checkpoint.pt")
        model.load_state_dict(stored["model"])
        optim.load_state_dict(stored["optim"])
        data.restore(stored["data"])
        torch.set_rng_state(stored["rng"])
        step, before = stored["step"], stored["seconds"]
    began, saved, done, first = time.time(), time.time(), False, step

    def seconds():
        return before + time.time() - began

    def store():
        state = dict(model=model.state_dict(), optim=optim.state_dict(), data=data.state(), rng=torch.get_rng_state())
        save(out / "checkpoint.pt", step=step, seconds=seconds(), config=vars(config), **state)

    with open(out / "log.csv", "a", newline="") as file:
        log = csv.writer(file)
        if step == 0:
            log.writerow(["step", "progress", "seconds", "loss", "aux", "held_out"])
        while step < options.steps and not done and not halt:
            progress = step / options.steps
            if options.minutes:
                progress = max(progress, seconds() / 60 / options.minutes)
                done = progress >= 1
            for group, peak in zip(optim.param_groups, peaks):
                group["lr"] = peak * schedule(min(progress, 1), options.warm, options.hold, options.floor)
            if before_step:
                before_step(model, step, progress)
            model.train()
            ids, targets = data.batch(step, progress)
            loss, extra = model.loss(ids, targets, aux, end_of_text)
            (loss + extra).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), options.clip)
            optim.step()
            optim.zero_grad()
            step += 1
            done = done or step == options.steps
            halt = step - first == options.stop_after
            measured = f"{validation(model, check):.4f}" if done or step % options.check_every == 0 else ""
            log.writerow([step, f"{progress:.4f}", f"{seconds():.1f}", f"{float(loss):.4f}", f"{float(extra):.4f}", measured])
            file.flush()
            if measured:
                print(f"step {step} progress {progress:.3f} {seconds():.0f} s loss {float(loss):.3f} held out {measured}", flush=True)
            if done or halt or time.time() - saved > 120:
                store()
                saved = time.time()
    return model
