# GPT-2 written out: every activation by its TransformerLens name, [pos, …]; of attention [head, query, key].
def run(model, tokens, edits=()):
    w, config = model.weights, model.config
    H, T = config["n_head"], len(tokens)
    seen, scales = {}, frozen_scales(model, edits)

    def at(name, x):
        """The activation, after the edits of this hook."""
        before = x
        for edit in edits:
            if edit["kind"] != "freeze-norm" and edit["site"] == name:
                x = apply_edit(edit, x, lambda source: run(model, source)[name])
        if x is not before:
            seen[name + ".edit"] = x - before
        seen[name] = x
        return x

    def norm(x, weights, name):
        centred = x - x.mean(-1, keepdim=True)
        if model.free:  # no variance is ever computed: centring, a gain and a bias
            scale = torch.ones(T, 1, dtype=x.dtype)
        else:
            scale = (centred.pow(2).mean(-1, keepdim=True) + model.epsilon).sqrt()
        if name in scales:
            frozen = scale[1:].mean() if scales[name] == "prompt" else scales[name]
            scale = torch.full_like(scale, float(frozen))
        seen[name + ".hook_scale"] = scale
        return centred / scale * w[weights + ".weight"] + w[weights + ".bias"]

    seen["hook_embed"] = w["wte.weight"][tokens]
    seen["hook_pos_embed"] = w["wpe.weight"][:T]
    x = seen["hook_embed"] + seen["hook_pos_embed"]
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    for l in range(config["n_layer"]):
        p, b = f"h.{l}.", f"blocks.{l}."
        x = at(b + "hook_resid_pre", x)
        W_QKV, b_QKV = w[p + "attn.c_attn.weight"], w[p + "attn.c_attn.bias"]
        W_O, b_O = w[p + "attn.c_proj.weight"], w[p + "attn.c_proj.bias"]
        d = W_O.shape[0]
        qk = norm(x, p + "ln_1", b + "ln1") @ W_QKV[:, : 2 * d] + b_QKV[: 2 * d]
        v = norm(x, p + "ln_1", b + "ln1_v") @ W_QKV[:, 2 * d :] + b_QKV[2 * d :]
        q, k, v = (part.reshape(T, H, d // H) for part in (qk[:, :d], qk[:, d:], v))
        q, k, v = at(b + "attn.hook_q", q), at(b + "attn.hook_k", k), at(b + "attn.hook_v", v)
        scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(d // H)
        scores = at(b + "attn.hook_attn_scores", scores.masked_fill(~causal, -math.inf))
        pattern = at(b + "attn.hook_pattern", scores.softmax(-1))
        z = at(b + "attn.hook_z", torch.einsum("hqk,khd->qhd", pattern, v))
        x = at(b + "hook_resid_mid", x + at(b + "hook_attn_out", z.reshape(T, d) @ W_O + b_O))
        pre = norm(x, p + "ln_2", b + "ln2") @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"]
        pre = at(b + "mlp.hook_pre", pre)
        gelu = 0.5 * pre * (1 + torch.tanh(math.sqrt(2 / math.pi) * (pre + 0.044715 * pre**3)))
        post = at(b + "mlp.hook_post", gelu)
        mlp_out = post @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
        x = at(b + "hook_resid_post", x + at(b + "hook_mlp_out", mlp_out))
    seen["logits"] = norm(x, "ln_f", "ln_final") @ unembedding(model).T
    return seen


def unembedding(model):
    """W_U by row [d_vocab, d_model]: the embedding itself, where the two are tied."""
    return model.weights.get("lm_head.weight", model.weights["wte.weight"])


def of_target(rows, target, contrast):
    """Mean over the target less mean over the contrast, or less the mean over the whole vocabulary where there is none."""
    return rows[target].mean(0) - (rows[contrast].mean(0) if contrast else rows.mean(0))


def attribution(model, seen, unit, position, target, contrast):
    """Direct logit attribution: each part's share of the target's logit, the final scale frozen at this run's own."""
    w, layers = model.weights, range(model.config["n_layer"])
    u = of_target(unembedding(model), target, contrast)
    direction = w["ln_f.weight"] * u
    direction = direction - direction.mean()  # centring, moved from the part to the direction
    direction = direction / seen["ln_final.hook_scale"][position]
    outside = "resid_pre|resid_mid|resid_post" + ("|attn_out" if unit == "head" else "")
    terms = {"embed": seen["hook_embed"][position] @ direction, "pos_embed": seen["hook_pos_embed"][position] @ direction}
    for l in layers:
        b = f"blocks.{l}."
        if unit == "component":
            terms[f"L{l}.attn"] = seen[b + "hook_attn_out"][position] @ direction
        else:
            z = seen[b + "attn.hook_z"][position]
            read = (w[f"h.{l}.attn.c_proj.weight"] @ direction).reshape(z.shape)
            terms.update({f"L{l}H{h}": z[h] @ read[h] for h in range(len(z))})
            terms[f"L{l}.b_O"] = w[f"h.{l}.attn.c_proj.bias"] @ direction
        terms[f"L{l}.mlp"] = seen[b + "hook_mlp_out"][position] @ direction
    for name, added in seen.items():  # what edits put in that no part wrote
        edit = re.fullmatch(rf"blocks\.(\d+)\.hook_({outside})\.edit", name)
        if edit:
            terms[f"L{edit[1]}.{edit[2]} edit"] = added[position] @ direction
    terms["b_U"] = w["ln_f.bias"] @ u
    return {label: float(value) for label, value in terms.items()}
