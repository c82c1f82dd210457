"""GPT-2 whose LayerNorms can be taken out one site at a time, and a cross entropy that never holds all logits.

Shapes: B windows, T positions, C = n_embd, H heads, V tokens. Row vectors: y = x W + b, as in GPT-2's files.
Sources: GPT-2 (Radford et al. 2019); the sites of Baroni et al. 2025 (arXiv:2507.02559), tables 3 and 4.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

EPS = 1e-5


@dataclass
class Config:
    """Sizes as in config.json; `null_dims`: the last so many residual directions carry no token embedding."""

    n_layer: int = 4
    n_head: int = 6
    n_embd: int = 192
    n_ctx: int = 256
    vocab_size: int = 8192
    null_dims: int = 0


class Site(nn.Module):
    """One LayerNorm: gain and bias, the running mean of its σ, and the σ that it divides by once it is taken out.

    `off` holds the uses ('norm', or 'qk' and 'v' for ln_1) that no longer look at σ.
    """

    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))
        self.register_buffer("sigma", torch.ones(()))
        self.off = set()
        self.momentum = None  # of the running mean; None: σ is not followed

    def forward(self, x, use="norm"):
        """LayerNorm of x [B, T, C], or FakeLN(x) = (x − mean x) / σ_fix · gain + bias where `use` is off."""
        if use in self.off:
            return (x - x.mean(-1, keepdim=True)) * (self.weight / self.sigma) + self.bias
        if self.training and self.momentum is not None:
            self.follow(x)
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, EPS)

    @torch.no_grad()
    def follow(self, x):
        """σ ← m σ + (1 − m) · mean over batch and positions of sqrt(var + eps)."""
        now = (x.var(-1, unbiased=False) + EPS).sqrt().mean()
        self.sigma = self.momentum * self.sigma + (1 - self.momentum) * now


class Block(nn.Module):
    """x += Attn(ln_1(x)); x += MLP(ln_2(x)), with ln_1 read once for queries and keys and once for values."""

    def __init__(self, config):
        super().__init__()
        size = config.n_embd
        self.n_head = config.n_head
        self.ln_1, self.ln_2 = Site(size), Site(size)
        out = 0.02 / math.sqrt(2 * config.n_layer)
        self.c_attn, self.c_attn_bias = matrix(size, 3 * size, 0.02)
        self.attn_proj, self.attn_proj_bias = matrix(size, size, out)
        self.c_fc, self.c_fc_bias = matrix(size, 4 * size, 0.02)
        self.mlp_proj, self.mlp_proj_bias = matrix(4 * size, size, out)

    def forward(self, x, mask):
        """x [B, T, C] → [B, T, C]; mask [T, T] is −inf above the diagonal."""
        x = x + self.attention(x, mask)
        hidden = F.gelu(linear(self.ln_2(x), self.c_fc, self.c_fc_bias).float(), approximate="tanh")
        return x + linear(hidden, self.mlp_proj, self.mlp_proj_bias)

    def attention(self, x, mask):
        batch, length, size = x.shape
        if self.ln_1.off and self.ln_1.off != {"qk", "v"}:
            cut = 2 * size  # only queries and keys are without the norm as yet
            qk = linear(self.ln_1(x, "qk"), self.c_attn[:, :cut], self.c_attn_bias[:cut])
            v = linear(self.ln_1(x, "v"), self.c_attn[:, cut:], self.c_attn_bias[cut:])
            qkv = torch.cat([qk, v], -1)
        else:
            qkv = linear(self.ln_1(x, "qk"), self.c_attn, self.c_attn_bias)
        heads = qkv.view(batch, length, 3, self.n_head, -1).permute(2, 0, 3, 1, 4)
        q, k, v = heads.unbind(0)  # [B, H, T, C / H]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        pattern = (scores + mask.to(scores.dtype)).softmax(-1)
        z = (pattern @ v).transpose(1, 2).reshape(batch, length, size)
        return linear(z, self.attn_proj, self.attn_proj_bias)


def matrix(rows, columns, scale):
    """A weight [in, out] and its bias, initialised as GPT-2's."""
    return nn.Parameter(torch.randn(rows, columns) * scale), nn.Parameter(torch.zeros(columns))


HALF = {"dtype": None}
"""The type of matrix products: torch.bfloat16 for training on processors with AVX512-BF16, else None (as stored)."""


def half(x):
    return x if HALF["dtype"] is None else x.to(HALF["dtype"])


def linear(x, weight, bias):
    """x W + b, [.., in] → [.., out]."""
    return F.linear(half(x), half(weight).t(), half(bias))


class GPT(nn.Module):
    """GPT-2 with the unembedding tied to the embedding."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Parameter(torch.randn(config.vocab_size, config.n_embd) * 0.02)
        self.wpe = nn.Parameter(torch.randn(config.n_ctx, config.n_embd) * 0.01)
        self.h = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.ln_f = Site(config.n_embd)
        self.register_buffer("mask", torch.full((config.n_ctx,) * 2, -math.inf).triu(1), persistent=False)
        live = torch.ones(config.n_embd)
        if config.null_dims:
            live[-config.null_dims :] = 0
        self.register_buffer("live", live, persistent=False)

    def embedding(self):
        """wte [V, C] with the directions that carry no token at zero."""
        return self.wte * self.live if self.config.null_dims else self.wte

    def residual(self, ids):
        """The residual stream before ln_f, [B, T, C], for ids [B, T]."""
        length = ids.shape[1]
        x = F.embedding(ids, self.embedding()) + self.wpe[:length]
        for block in self.h:
            x = block(x, self.mask[:length, :length])
        return x

    def forward(self, ids):
        """Logits [B, T, V]."""
        return self.ln_f(self.residual(ids)) @ self.embedding().t()

    def loss(self, ids, targets, aux=0.0, end_of_text=None):
        """(mean cross entropy in nats, auxiliary loss · aux) for ids and targets [B, T].

        The auxiliary loss pulls σ before ln_f towards its mean over the positions that are neither the first nor
        <|endoftext|>: mean over all positions of (σ − σ̂)², σ̂ held fixed (arXiv:2507.02559, §3).
        """
        x = self.residual(ids)
        entropy = cross_entropy(self.ln_f(x).flatten(0, 1), self.embedding(), targets.flatten())
        if aux == 0:
            return entropy, x.new_zeros(())
        sigma = (x.var(-1, unbiased=False) + EPS).sqrt()
        usual = ids != end_of_text
        usual[:, 0] = False
        return entropy, aux * ((sigma - sigma[usual].mean().detach()) ** 2).mean()

    def sites(self):
        """(name, site) of every LayerNorm in the order of the forward pass."""
        for i, block in enumerate(self.h):
            yield f"h.{i}.ln_1", block.ln_1
            yield f"h.{i}.ln_2", block.ln_2
        yield "ln_f", self.ln_f


class CrossEntropy(torch.autograd.Function):
    """Mean of −log softmax(h Wᵀ)[target] over rows, with the gradients made in the forward pass, some rows at a time."""

    ROWS = 1024

    @staticmethod
    def forward(ctx, h, w, targets):
        """h [N, C], w [V, C], targets [N]; rows with target −1 are not scored."""
        hidden, weight = half(h), half(w)
        grad_h, grad_w = torch.empty_like(hidden), torch.zeros_like(w)
        total, count = 0.0, int((targets >= 0).sum())
        for rows in torch.arange(h.shape[0]).split(CrossEntropy.ROWS):
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            log_p = (hidden[part] @ weight.t()).float().log_softmax(-1)
            scored = (targets[part, None] >= 0).float()
            target = targets[part, None].clamp(min=0)
            total -= (log_p.gather(1, target) * scored).sum()
            p = half(log_p.exp_().scatter_add_(1, target, -torch.ones_like(scored)).mul_(scored))
            grad_h[part] = p @ weight
            grad_w += p.t() @ hidden[part]
        ctx.save_for_backward(grad_h, grad_w)
        ctx.count = count
        return total / count

    @staticmethod
    def backward(ctx, grad):
        grad_h, grad_w = ctx.saved_tensors
        scale = grad / ctx.count
        return grad_h.float() * scale, grad_w * scale, None


def cross_entropy(h, w, targets):
    """See CrossEntropy; without gradients the same loss."""
    return CrossEntropy.apply(h, w, targets)
