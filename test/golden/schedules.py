"""Learning rates of 40 drawn configs by optax in float64, over every pairing of warm-up and decay.

Run: pip install "jax==0.10.2" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/schedules.py
Writes test/golden/schedules.json: for each config the steps looked at (both sides of each boundary, and some between) and
their rates.
"""
import json
import math
import pathlib
import random

import jax
import optax

jax.config.update("jax_enable_x64", True)
WARMUPS = ["linear", "cosine", "exponential", "none"]
DECAYS = ["cosine", "exponential", "linear", "constant"]


def warmup(name, peak, w):
    if w == 0:
        return optax.constant_schedule(peak)
    if name == "linear":
        return optax.linear_schedule(0.0, peak, w)
    if name == "cosine":
        return lambda t: peak - optax.cosine_decay_schedule(peak, w)(t)
    # optax's exponential decay with a rate above 1: from a thousandth of the peak up to it.
    return optax.exponential_decay(peak * 1e-3, transition_steps=w, decay_rate=1e3, end_value=peak)


def decay(name, peak, h, w):
    begin = w + 0.2 * h
    if name == "cosine":
        return optax.cosine_decay_schedule(peak, max(h - w, 1))
    if name == "exponential":
        after = optax.exponential_decay(peak, transition_steps=0.6 * h, decay_rate=0.1)
        return lambda t: after(max(t - begin, 0.0))
    if name == "linear":
        after = optax.linear_schedule(peak, 0.0, 1)
        return lambda t: after(max(t - begin, 0.0) / max(h - 2 * w - 0.2 * h, 1))
    return optax.constant_schedule(peak)


def lengths(spec, budget):
    n = len(spec["alterDecays"])
    if "cycleLengths" not in spec:
        return [budget // n] * n
    total = sum(spec["cycleLengths"])
    exact = [share / total * budget for share in spec["cycleLengths"]]
    whole = [math.floor(value) for value in exact]
    order = sorted(range(n), key=lambda i: (-(exact[i] - whole[i]), i))
    for i in order[: budget - sum(whole)]:
        whole[i] += 1
    return whole


def run_schedule(spec, budget):
    parts, boundaries, at = [], [], 0
    for i, h in enumerate(lengths(spec, budget)):
        peak = spec["learningRate"] + spec["alterDecays"][i]
        name = spec["warmupScheduleFns"][i]
        w = 0 if name == "none" else math.floor((spec["warmupFactor"] + spec["alterWarmups"][i]) * h)
        cycle = optax.join_schedules([warmup(name, peak, w), decay(spec["decayScheduleFns"][i], peak, h, w)], [w])
        if i:
            boundaries.append(at)
        parts.append(cycle)
        at += h
    return optax.join_schedules(parts, boundaries), boundaries


def main():
    draw = random.Random(20)
    pairs = [(a, b) for a in WARMUPS for b in DECAYS]
    cases = []
    for number in range(40):
        n = draw.randint(1, 5)
        chosen = [pairs[(number + 7 * i) % len(pairs)] for i in range(n)]
        spec = {
            "learningRate": round(draw.uniform(1e-4, 1e-1), 6),
            "warmupFactor": round(draw.uniform(0, 0.2), 3),
            "warmupScheduleFns": [a for a, _ in chosen],
            "decayScheduleFns": [b for _, b in chosen],
            "alterDecays": [0] + [round(draw.uniform(-5e-5, 1e-2), 6) for _ in range(n - 1)],
            "alterWarmups": [0] + [round(draw.uniform(0, 0.2), 3) for _ in range(n - 1)],
        }
        if number % 3 == 2:
            spec["cycleLengths"] = [draw.randint(1, 5) for _ in range(n)]
        budget = draw.choice([60, 333, 1000, 2604, 7813])
        schedule, boundaries = run_schedule(spec, budget)
        edges = [b + d for b in boundaries for d in (-1, 0, 1)]
        steps = sorted({0, 1, 2, budget - 1, *edges, *(draw.randrange(budget) for _ in range(60))})
        cases.append({"spec": spec, "budgetSteps": budget, "steps": steps, "rates": [float(schedule(s)) for s in steps]})
    golden = {"madeBy": f"optax {optax.__version__}, jax {jax.__version__}, float64", "program": "schedules.py", "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
