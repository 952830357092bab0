"""Learning rates of warm-ups and decays with options, by optax and by torch's schedulers in float64.

Run: pip install "jax==0.10.2" "optax==0.2.8" "torch==2.15.0" && JAX_ENABLE_X64=1 python test/golden/shapes.py
Writes test/golden/shapes.json: for each shape its peak, its steps, its options and the rates of steps 0, 1, 2, ... past its end.
Of a decay the steps are those after a warm-up of 3. What neither has is written out from its paper.
"""
import json
import math
import pathlib
import warnings

import jax
import optax
import torch

jax.config.update("jax_enable_x64", True)
warnings.filterwarnings("ignore")
PEAK = 0.3
WARMUP = 3
BEYOND = 4


def by_torch(scheduler, steps, initial=PEAK, **options):
    """Rates of a scheduler of torch's, the first one before its first step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=initial)
    schedule = getattr(torch.optim.lr_scheduler, scheduler)(optimizer, **options)
    rates = []
    for _ in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return rates


def by_optax(schedule, steps):
    return [float(schedule(step)) for step in range(steps)]


def case(kind, name, steps, rates, by, **options):
    return {"kind": kind, "name": name, "peak": PEAK, "steps": steps, "options": options, "by": by, "rates": rates}


def warmups():
    for steps in (1, 7):
        seen = steps + BEYOND
        for start in (0.0, 0.2):
            first = start * PEAK
            yield case("warmup", "linear", steps, by_optax(optax.linear_schedule(first, PEAK, steps), seen), "optax", startFactor=start)
            if start:
                rates = by_torch("LinearLR", seen, start_factor=start, end_factor=1.0, total_iters=steps)
                yield case("warmup", "linear", steps, rates, "torch", startFactor=start)
            mirrored = optax.cosine_decay_schedule(1.0, steps)
            rates = [PEAK * (start + (1 - start) * (1 - share)) for share in by_optax(mirrored, seen)]
            yield case("warmup", "cosine", steps, rates, "optax", startFactor=start)
            for power in (0.5, 3.0):
                schedule = optax.polynomial_schedule(first, PEAK, power, steps)
                yield case("warmup", "polynomial", steps, by_optax(schedule, seen), "optax", startFactor=start, power=power)
        schedule = optax.exponential_decay(PEAK * 0.01, steps, 100.0, end_value=PEAK)
        yield case("warmup", "exponential", steps, by_optax(schedule, seen), "optax", startFactor=0.01)


def decays():
    for steps in (1, 21):
        seen = steps + BEYOND
        for end in (0.0, 0.1):
            yield case("decay", "cosine", steps, by_optax(optax.cosine_decay_schedule(PEAK, steps, end), seen), "optax", endFactor=end)
            for power in (0.5, 1.0, 3.0):
                schedule = optax.polynomial_schedule(PEAK, end * PEAK, power, max(math.floor(steps * 0.7), 1))
                options = {"endFactor": end, "power": power, "decayStepsFactor": 0.7}
                yield case("decay", "polynomial", steps, by_optax(schedule, seen), "optax", **options)
            falling = max(math.floor(0.3 * steps), 1)
            schedule = optax.join_schedules(
                [optax.constant_schedule(PEAK), optax.linear_schedule(PEAK, end * PEAK, falling)], [steps - falling]
            )
            yield case("decay", "stable", steps, by_optax(schedule, seen), "optax", endFactor=end, decayShare=0.3)
            # 1 - sqrt, Hägele et al. 2024, eq. 1.
            share = lambda t: min(max(t - (steps - falling), 0) / falling, 1.0)
            rates = [PEAK * (end + (1 - end) * (1 - math.sqrt(share(t)))) for t in range(seen)]
            yield case("decay", "stable", steps, rates, "paper", endFactor=end, decayShare=0.3, cooldown="sqrt")
        rates = by_torch("CosineAnnealingLR", steps + 1, T_max=steps, eta_min=0.1 * PEAK)
        yield case("decay", "cosine", steps, rates, "torch", endFactor=0.1)
        rates = by_torch("PolynomialLR", seen, total_iters=steps, power=3.0)
        yield case("decay", "polynomial", steps, rates, "torch", power=3.0)
        schedule = optax.exponential_decay(PEAK, steps, 0.05, end_value=0.05 * PEAK)
        yield case("decay", "geometric", steps, by_optax(schedule, seen), "optax", endFactor=0.05)
        rates = by_torch("ExponentialLR", steps + 1, gamma=0.05 ** (1 / steps))
        yield case("decay", "geometric", steps, rates, "torch", endFactor=0.05)
        # Vaswani et al. 2017, eq. 3, at the steps after the warm-up, and with another timescale.
        for scale in (WARMUP, 10):
            options = {} if scale == WARMUP else {"timescale": scale}
            rates = [PEAK * math.sqrt(scale) * (t + scale) ** -0.5 for t in range(seen)]
            yield case("decay", "inverse_sqrt", steps, rates, "paper", **options)
    for periods, growth, first in ((3, 2, 3), (1, 1, 21), (3, 1, 7), (2, 6, 3)):
        rates = by_torch("CosineAnnealingWarmRestarts", 21, T_0=first, T_mult=growth, eta_min=0.1 * PEAK)
        yield case("decay", "sgdr", 21, rates, "torch", periods=periods, growth=growth, endFactor=0.1)
    lengths = [3, 6, 12]
    cosines = [{"init_value": PEAK, "peak_value": PEAK, "warmup_steps": 0, "decay_steps": n, "end_value": 0.0} for n in lengths]
    yield case("decay", "sgdr", 21, by_optax(optax.sgdr_schedule(cosines), 21 + BEYOND), "optax", periods=3, growth=2, endFactor=0.0)
    for start, first, last in ((0.3, 25.0, 1e4), (0.5, 4.0, 10.0)):
        options = {"pct_start": start, "div_factor": first, "final_div_factor": last}
        rates = by_torch("OneCycleLR", 21, max_lr=PEAK, total_steps=21, anneal_strategy="cos", **options)
        yield case("decay", "one_cycle", 21, rates, "torch", pctStart=start, divFactor=first, finalDivFactor=last)


def main():
    golden = {
        "madeBy": f"optax {optax.__version__}, jax {jax.__version__}, torch {torch.__version__.split('+')[0]}, float64",
        "program": "shapes.py",
        "warmupSteps": WARMUP,
        "cases": [*warmups(), *decays()],
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
