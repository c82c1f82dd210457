# Not run where this notebook was made. Needs: pip install nnsight, and for REMOTE a key of https://ndif.us
# (nnsight.CONFIG.set_default_api_key("…")), which serves models that it has loaded.
from nnsight import LanguageModel

REMOTE = False


def attribution_by_nnsight(arm):
    """Logits at the position and the unedited run's attribution by component, on whichever machine holds the model.

    Without LayerNorm the repositories keep epsilon = 1e12 and gain·1e6: √(variance + 1e12) is 1e6, so the norm divides
    by a constant, and the lines below hold for every arm. In 16 bits that form overflows: keep it in float32.
    """
    if arm["repo"]:
        model = LanguageModel(arm["repo"], revision=arm["revision"], torch_dtype=torch.float32, dispatch=not REMOTE)
    else:
        for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            folder = fetch(arm["source"], name).parent
        model = LanguageModel(str(folder), torch_dtype=torch.float32, dispatch=True)
    gpt2, at = model.transformer, ANALYSIS["position"]
    target, contrast = ANALYSIS["target"], ANALYSIS["contrast"]
    with model.trace(torch.tensor([ANALYSIS["tokens"]]), remote=REMOTE and bool(arm["repo"])):
        parts = [gpt2.wte.output[0, at], gpt2.wpe.output[0, at]]
        for block in gpt2.h:  # in the order in which they run
            parts.append(block.attn.c_proj.output[0, at])
            parts.append(block.mlp.c_proj.output[0, at])
        final = gpt2.ln_f.input[0, at]
        scale = (final.var(unbiased=False) + gpt2.config.layer_norm_epsilon).sqrt()
        W_U = model.lm_head.weight
        u = W_U[target].mean(0) - (W_U[contrast].mean(0) if contrast else W_U.mean(0))
        stack = torch.stack(parts)
        shares = ((stack - stack.mean(-1, keepdim=True)) / scale * gpt2.ln_f.weight @ u).save()
        logits = model.lm_head.output[0, at].save()
    return logits, shares


unedited = next(each for each in ANALYSIS["runs"] if not each["edits"])
for name, expected in unedited["arms"].items():
    if not ANALYSIS["target"]:
        break
    logits, shares = attribution_by_nnsight(ANALYSIS["arms"][name])
    for token in expected["predictions"]:
        check("logit", f"nnsight, {name}, token {token['id']}", logits[token["id"]], token["logit"])
    labels = [label for label in expected["attribution"]["component"]["terms"] if label != "b_U"]
    for label, share in zip(labels, shares):
        check("attribution", f"nnsight, {name}, {label}", share, expected["attribution"]["component"]["terms"][label])
