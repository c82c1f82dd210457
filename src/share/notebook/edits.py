# Edits: what changes a run while it goes on, in list order, each to what the ones before it left.
STREAM, HEADS, NEURONS = ("position", None), ("position", "head", None), ("position", "neuron")
ATTENTION = ("head", "query", "key")


def axes_of(hook):
    """Which field of an edit narrows which axis of a hook's activation."""
    if re.search(r"hook_(attn_scores|pattern)$", hook):
        return ATTENTION
    if re.search(r"attn\.hook_[qkvz]$", hook):
        return HEADS
    return NEURONS if ".mlp." in hook else STREAM


def where(edit, x, axes):
    """True where an edit applies. On attention `position` is the query, and keys after their query are never touched."""
    mask = torch.ones_like(x, dtype=torch.bool)
    for axis, field in enumerate(axes):
        index = edit.get(field, edit.get("position") if field == "query" else None)
        if index is not None:
            only = torch.zeros(x.shape[axis], dtype=torch.bool)
            only[index] = True
            mask = mask & only.reshape([-1 if a == axis else 1 for a in range(x.dim())])
    return mask


def apply_edit(edit, x, from_source):
    """x after one edit. `from_source(tokens)` is the same activation in another run, unedited."""
    axes = axes_of(edit["site"])
    place = where(edit, x, axes)
    change = place & torch.ones_like(x[0], dtype=torch.bool).tril() if axes is ATTENTION else place
    kind = edit["kind"]
    value = torch.tensor(edit["value"], dtype=x.dtype) if "value" in edit else None
    if kind in ("zero", "knock-out"):
        new = torch.zeros_like(x)
    elif kind == "set":
        new = value.expand_as(x)
    elif kind == "add":
        new = x + value
    elif kind == "scale":
        new = x * value
    elif kind == "mean":
        given = edit.get("of", "prompt")
        new = x.mean(0, keepdim=True).expand_as(x) if given == "prompt" else torch.tensor(given, dtype=x.dtype).expand_as(x)
    else:
        new = from_source(edit["source"]["tokens"])
    y = torch.where(change, new, x)
    if kind != "knock-out":
        return y
    total = y.sum(-1, keepdim=True)  # what is left of each row is divided by its sum; nothing left, nothing attended
    rows = place.any(-1, keepdim=True) & (total > 0)
    return torch.where(rows, y / torch.where(total > 0, total, torch.ones_like(total)), y)


def frozen_scales(model, edits):
    """What norms divide by in place of their own σ; ln1_v is what values read. Nothing to freeze without LayerNorm."""
    scales = {}
    for edit in edits:
        if edit["kind"] != "freeze-norm" or model.free:
            continue
        norm = edit["site"]
        paths = {"qk": [norm], "v": [norm + "_v"], None: [norm, norm + "_v"]}[edit.get("path")]
        for name in paths if norm.endswith(".ln1") else [norm]:
            if edit["value"] != "prompt" or name not in scales:  # the mean of one frozen number is that number
                scales[name] = edit["value"]
    return scales
