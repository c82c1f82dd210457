# The same numbers here and from the page. |here − Normless| may be so much of max(1, |Normless|): the page computes in f32.
TOLERANCE = {"logit": 1e-3, "probability": 1e-4, "loss": 1e-3, "attribution": 1e-3}
worst = {}


def check(kind, what, here, normless):
    """Asserts one number, and remembers the largest difference of its kind."""
    off = abs(float(here) - normless) / max(1.0, abs(normless))
    worst[kind] = max(worst.get(kind, 0.0), off)
    assert off <= TOLERANCE[kind], f"{what}: {float(here)} here, {normless} in Normless"


def compare(model, expected, edits, say):
    """One arm of one run against what the page showed of it."""
    position, target, contrast = (ANALYSIS[key] for key in ("position", "target", "contrast"))
    seen = run(model, ANALYSIS["tokens"], edits)
    logits = seen["logits"][position]
    probabilities = logits.softmax(-1)
    for token in expected["predictions"]:
        name = f"{say}, token {token['id']}"
        check("logit", name, logits[token["id"]], token["logit"])
        check("probability", name, probabilities[token["id"]], token["prob"])
    losses = -seen["logits"].log_softmax(-1)[range(len(ANALYSIS["tokens"]) - 1), ANALYSIS["tokens"][1:]]
    for place, loss in enumerate(expected["loss"]):
        check("loss", f"{say}, loss at {place}", losses[place], loss)
    for unit, terms in expected["attribution"].items():
        here = attribution(model, seen, unit, position, target, contrast)
        assert here.keys() == terms["terms"].keys(), f"{say}: other terms: {here.keys() ^ terms['terms'].keys()}"
        for label, value in terms["terms"].items():
            check("attribution", f"{say}, {label}", here[label], value)
        check("attribution", f"{say}, sum", of_target(logits, target, contrast), terms["actual"])
        check("attribution", f"{say}, sum of terms", sum(here.values()), terms["actual"])
        if unit == "component":
            print(f"\n{say}\n{'term':<20}{'here':>12}{'Normless':>12}")
            for label, value in terms["terms"].items():
                print(f"{label:<20}{here[label]:>12.4f}{value:>12.4f}")


for each in ANALYSIS["runs"]:
    for name, expected in each["arms"].items():
        compare(MODELS[name], expected, each["edits"], f"{name}, {each['name']}")
for kind, off in worst.items():
    print(f"{kind}: at most {off:.1e} apart, allowed {TOLERANCE[kind]:.0e}")
