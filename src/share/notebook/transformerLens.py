# Not run where this notebook was made. Needs: pip install transformer_lens (written for version 2; in 3 HookedTransformer is kept).
from transformer_lens import HookedTransformer, HookedTransformerConfig


def folded(gain, bias, W, b, centre):
    """A norm's gain and bias taken into the matrix that reads it; without LayerNorm its centring as well."""
    read = gain[:, None] * W
    return (read - read.mean(0) if centre else read), b + bias @ W


def hooked(model):
    """The arm as a HookedTransformer. With LayerNorm only σ is left of it ('LNPre'), without LayerNorm nothing (None)."""
    w, config = model.weights, model.config
    L, H, d = config["n_layer"], config["n_head"], w["wte.weight"].shape[1]
    dh = d // H
    ln_f, W_U = (w["ln_f.weight"], w["ln_f.bias"]), unembedding(model).T
    state = {"embed.W_E": w["wte.weight"], "pos_embed.W_pos": w["wpe.weight"]}
    state["unembed.W_U"], state["unembed.b_U"] = folded(*ln_f, W_U, torch.zeros_like(W_U[0]), model.free)
    for l in range(L):
        p, b = f"h.{l}.", f"blocks.{l}."
        c_attn, c_fc = p + "attn.c_attn.", p + "mlp.c_fc."
        ln_1, ln_2 = ((w[p + n + ".weight"], w[p + n + ".bias"]) for n in ("ln_1", "ln_2"))
        W, bias = folded(*ln_1, w[c_attn + "weight"], w[c_attn + "bias"], model.free)
        for i, name in enumerate("QKV"):
            part = slice(i * d, (i + 1) * d)
            state[f"{b}attn.W_{name}"] = W[:, part].reshape(d, H, dh).permute(1, 0, 2)
            state[f"{b}attn.b_{name}"] = bias[part].reshape(H, dh)
        state[b + "attn.W_O"] = w[p + "attn.c_proj.weight"].reshape(H, dh, d)
        state[b + "attn.b_O"] = w[p + "attn.c_proj.bias"]
        state[b + "mlp.W_in"], state[b + "mlp.b_in"] = folded(*ln_2, w[c_fc + "weight"], w[c_fc + "bias"], model.free)
        state[b + "mlp.W_out"], state[b + "mlp.b_out"] = w[p + "mlp.c_proj.weight"], w[p + "mlp.c_proj.bias"]
    made = HookedTransformer(
        HookedTransformerConfig(
            n_layers=L, n_heads=H, d_model=d, d_head=dh, d_mlp=w["h.0.mlp.c_fc.bias"].numel(), act_fn="gelu_new",
            n_ctx=w["wpe.weight"].shape[0], d_vocab=w["wte.weight"].shape[0], eps=model.epsilon,
            normalization_type=None if model.free else "LNPre", default_prepend_bos=False, device="cpu",
        )
    )
    made.load_state_dict({name: value.float() for name, value in state.items()}, strict=False)  # masks are buffers
    return made.eval()


def hooks_of(model, edits):
    """The edits as hooks. TransformerLens has one ln1, so a norm frozen on one path only cannot be asked of it."""

    def changing(edit):
        def change(x, hook):
            if edit["kind"] == "freeze-norm":
                return torch.full_like(x, float(x[:, 1:].mean() if edit["value"] == "prompt" else edit["value"]))
            source = lambda tokens: run(model, tokens)[edit["site"]].to(x.dtype)
            return apply_edit(edit, x[0], source)[None]

        return change

    for edit in edits:
        if edit["kind"] == "freeze-norm":
            assert "path" not in edit, "a norm frozen for one path only is not in this TransformerLens cell"
            if not model.free:
                yield edit["site"] + ".hook_scale", changing(edit)
        else:
            yield edit["site"], changing(edit)


for each in ANALYSIS["runs"]:
    for name, expected in each["arms"].items():
        model, lens = MODELS[name], hooked(MODELS[name])
        tokens = torch.tensor([ANALYSIS["tokens"]])
        with torch.no_grad(), lens.hooks(fwd_hooks=list(hooks_of(model, each["edits"]))):
            logits, cache = lens.run_with_cache(tokens)
        at, target, contrast = ANALYSIS["position"], ANALYSIS["target"], ANALYSIS["contrast"]
        for token in expected["predictions"]:
            check("logit", f"TransformerLens, {name}, token {token['id']}", logits[0, at, token["id"]], token["logit"])
        if target and not each["edits"]:
            parts, labels = cache.decompose_resid(return_labels=True, pos_slice=at)
            parts = cache.apply_ln_to_stack(parts, layer=-1, pos_slice=at)
            shares = parts[:, 0] @ of_target(lens.W_U.T, target, contrast)
            print(name, {label: round(float(share), 4) for label, share in zip(labels, shares)})
