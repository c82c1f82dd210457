"""Muon for the block matrices and AdamW for the rest, in one optimiser with one learning-rate scale.

Muon (Jordan et al. 2024): momentum, then the nearest semi-orthogonal matrix by five Newton–Schulz steps, so that every
direction of a matrix moves equally far. Queries, keys and values are three matrices side by side.
"""

import torch


def orthogonal(gradient, steps=5):
    """About U Vᵀ for gradient = U S Vᵀ [rows, columns]: singular values end between 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient.t() if gradient.shape[0] > gradient.shape[1] else gradient
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.t()
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.t() if gradient.shape[0] > gradient.shape[1] else x


class MuonAdamW(torch.optim.Optimizer):
    """Groups with kind 'muon' (matrices, optional `parts` side by side) and kind 'adamw'; all have lr and weight_decay."""

    def __init__(self, groups):
        super().__init__(groups, {"lr": 1e-3, "weight_decay": 0.0, "momentum": 0.95, "betas": (0.9, 0.95), "eps": 1e-8})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                update = self.muon if group["kind"] == "muon" else self.adamw
                parameter.add_(update(parameter, group), alpha=-group["lr"])

    def muon(self, parameter, group):
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].mul_(group["momentum"]).add_(parameter.grad)
        look = parameter.grad + group["momentum"] * momentum  # Nesterov's
        parts = look.chunk(group.get("parts", 1), dim=1)
        return torch.cat([orthogonal(part) * max(1, part.shape[1] / part.shape[0]) ** 0.5 for part in parts], dim=1)

    def adamw(self, parameter, group):
        state = self.state[parameter]
        if not state:
            state.update(step=0, mean=torch.zeros_like(parameter), square=torch.zeros_like(parameter))
        state["step"] += 1
        (b1, b2), gradient = group["betas"], parameter.grad
        mean = state["mean"].lerp_(gradient, 1 - b1) / (1 - b1 ** state["step"])
        square = state["square"].mul_(b2).addcmul_(gradient, gradient, value=1 - b2) / (1 - b2 ** state["step"])
        return mean / (square.sqrt() + group["eps"])


def optimiser(model, lr, muon_lr, decay, embedding_decay):
    """The groups of a model: block matrices by Muon, embeddings, gains and biases by AdamW. `muon_lr` 0: AdamW for all."""
    groups = {"qkv": [], "blocks": [], "embedding": [model.wte], "vectors": [model.wpe]}
    for name, parameter in model.h.named_parameters():
        if parameter.dim() < 2:
            groups["vectors"].append(parameter)
        else:
            groups["qkv" if name.endswith("c_attn") else "blocks"].append(parameter)
    groups["vectors"] += list(model.ln_f.parameters())
    block = {"kind": "muon", "lr": muon_lr} if muon_lr else {"kind": "adamw", "lr": lr}
    return MuonAdamW(
        [
            {"params": groups["qkv"], "parts": 3, "weight_decay": decay, **block},
            {"params": groups["blocks"], "weight_decay": decay, **block},
            {"params": groups["embedding"], "kind": "adamw", "lr": lr, "weight_decay": embedding_decay},
            {"params": groups["vectors"], "kind": "adamw", "lr": lr, "weight_decay": 0.0},
        ]
    )
