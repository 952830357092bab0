"""Fifty steps of the elementwise optimizers by optax in float64 on a small net with fixed gradients.

Run: pip install "jax==0.10.2" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/elementwise_optimizers.py
Writes test/golden/elementwise_optimizers.json: the parameters after some of the steps. Parameters, gradients and learning rates are
whole multiples of 1/1024 and made by `value`, in the test as here. What optax does not have is the formula, written out in numpy:
NAdamW as AlgoPerf's, Cautious NAdamW and Schedule-Free AdamW v2 as the entries of AlgoPerf's leaderboard.
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
STEPS, KEPT = 50, (1, 2, 10, 50)
SHAPES = {"matrix": (6, 4), "vector": (5,), "scalar": (), "kernel": (2, 2, 3, 4), "embedding": (8, 4)}
ADAM = {"b1": 0.9, "b2": 0.98, "weightDecay": 0.1}
CASES = {
    "adamw": ADAM,
    "nadamw": ADAM,
    "momentum": {"momentum": 0.9, "weightDecay": 0.01},
    "nesterov": {"momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
    "lamb": ADAM,
    "adafactor": {"b1": 0.9, "b2": 0.99, "weightDecay": 0.1},
    "lion": {"b1": 0.95, "b2": 0.98, "weightDecay": 0.5},
    "ademamix": {"b1": 0.8, "b2": 0.995, "b3": 0.9995, "alpha": 8, "warmupSteps": 0, "weightDecay": 0.1},
    "ademamix warmed up": {"b1": 0.8, "b2": 0.995, "b3": 0.9995, "alpha": 8, "warmupSteps": 30, "weightDecay": 0.1},
    "cautious_nadamw": ADAM,
    "schedule-free by optax": ADAM,
    "schedule_free_adamw": ADAM,
}


def value(i, step, salt):
    return ((i * 7919 + step * 104729 + salt * 1299709) % 2003 - 1001) / 1024


def tree(step):
    """Of step 0 the parameters, of the others the gradients; the embedding has none for the rows that a batch has not looked up."""
    made = {}
    for salt, (name, shape) in enumerate(SHAPES.items()):
        values = np.array([value(i, step, salt) for i in range(int(np.prod(shape)))]).reshape(shape)
        if name == "embedding" and step > 0:
            values[[row for row in range(shape[0]) if (row + step) % 3 == 0]] = 0
        made[name] = values
    return made


RATES = np.array([(1 + t % 8) / 1024 for t in range(STEPS)])
rate_of = lambda count: jnp.asarray(RATES)[count]


def mapped(function, *trees):
    return {name: function(*(tree[name] for tree in trees)) for name in SHAPES}


def by_optax(chain, evaluated=None):
    """Params after each step, by a chain with the learning rate in it."""
    params = mapped(jnp.asarray, tree(0))
    state = chain.init(params)
    for t in range(STEPS):
        updates, state = chain.update(mapped(jnp.asarray, tree(t + 1)), state, params)
        params = optax.apply_updates(params, updates)
        yield params if evaluated is None else {"trained": params, "evaluated": evaluated(state, params)}


def sgd(o):
    return optax.chain(
        optax.add_decayed_weights(o["weightDecay"]), optax.sgd(rate_of, o["momentum"], nesterov=o.get("nesterov", False))
    )


def adafactor(o):
    """AlgoPerf's: the learning rate comes before the average, and Adam's corrected decay; all sides but the last two are small."""
    def decay(step, b2):
        t = step + 1.0
        return b2 * (1 - b2 ** (t - 1)) / (1 - b2**t)

    def decayed(updates, state, params):
        return jax.tree.map(lambda u, p: u - rate_of(state) * o["weightDecay"] * p, updates, params), state + 1

    return optax.chain(
        optax.scale_by_factored_rms(decay_rate=o["b2"], min_dim_size_to_factor=1, decay_rate_fn=decay),
        optax.clip_by_block_rms(1.0),
        optax.scale_by_learning_rate(rate_of),
        optax.ema(o["b1"], debias=False),
        optax.GradientTransformation(lambda params: jnp.zeros([], jnp.int32), decayed),
    )


def ademamix(o):
    """The schedules are those of AdEMAMix's authors, for steps counted from 1."""
    b3, alpha, warmup = o["b3"], o["alpha"], o["warmupSteps"]
    if warmup > 0:
        f = lambda b: np.log(0.5) / np.log(b + 1e-8) - 1
        share = lambda count: (count + 1) / warmup
        mixed = lambda a: 0.5 ** (1 / ((1 - a) * f(o["b1"]) + a * f(o["b3"]) + 1))
        b3 = lambda count: jnp.where(share(count) < 1, mixed(share(count)), o["b3"])
        alpha = lambda count: o["alpha"] * jnp.minimum(share(count), 1)
    return optax.contrib.ademamix(rate_of, o["b1"], o["b2"], b3, alpha, weight_decay=o["weightDecay"])


def schedule_free(o):
    base = optax.chain(
        optax.scale_by_rms(o["b2"], 1e-8, eps_in_sqrt=False, bias_correction=True),
        optax.add_decayed_weights(o["weightDecay"]),
        optax.scale_by_learning_rate(rate_of),
    )
    # It counts its own steps from 1.
    return optax.contrib.schedule_free(base, lambda count: rate_of(count - 1), o["b1"])


def nadamw(o, is_cautious=False):
    params, (mu, nu) = tree(0), [mapped(np.zeros_like, tree(0)) for _ in range(2)]
    b1, b2 = o["b1"], o["b2"]
    for t in range(1, STEPS + 1):
        g = tree(t)
        mu = mapped(lambda m, g: b1 * m + (1 - b1) * g, mu, g)
        nu = mapped(lambda v, g: b2 * v + (1 - b2) * g * g, nu, g)
        for name in SHAPES:
            u = (b1 * mu[name] + (1 - b1) * g[name]) / (1 - b1**t)
            if is_cautious:
                mask = (u * g[name] > 0).astype(np.float64)
                u = u * mask / max(mask.mean(), 1e-3)
            direction = u / (np.sqrt(nu[name] / (1 - b2**t)) + 1e-8)
            params[name] = params[name] - RATES[t - 1] * (direction + o["weightDecay"] * params[name])
        yield dict(params)


def schedule_free_v2(o):
    """x is kept here, and y made of x and z: the other way round than in what is tested."""
    x, z, v = tree(0), tree(0), mapped(np.zeros_like, tree(0))
    b1, b2, total = o["b1"], o["b2"], 0.0
    for t in range(1, STEPS + 1):
        g, rate = tree(t), RATES[t - 1]
        total += rate**2
        for name in SHAPES:
            y = b1 * x[name] + (1 - b1) * z[name]
            v[name] = b2 * v[name] + (1 - b2) * g[name] ** 2
            size = rate * np.sqrt(1 - b2**t)
            z[name] = z[name] - size * o["weightDecay"] * y - size * g[name] / (np.sqrt(v[name]) + 1e-8)
            x[name] = x[name] + rate**2 / total * (z[name] - x[name])
        yield {"trained": mapped(lambda x, z: b1 * x + (1 - b1) * z, x, z), "evaluated": dict(x)}


def steps_of(name, o):
    adam = (o.get("b1"), o.get("b2"), 1e-8)
    by_name = {
        "adamw": lambda: by_optax(optax.adamw(rate_of, *adam, weight_decay=o["weightDecay"])),
        "nadamw": lambda: nadamw(o),
        "momentum": lambda: by_optax(sgd(o)),
        "nesterov": lambda: by_optax(sgd(o)),
        "lamb": lambda: by_optax(optax.lamb(rate_of, *adam, weight_decay=o["weightDecay"])),
        "adafactor": lambda: by_optax(adafactor(o)),
        "lion": lambda: by_optax(optax.lion(rate_of, o["b1"], o["b2"], weight_decay=o["weightDecay"])),
        "ademamix": lambda: by_optax(ademamix(o)),
        "ademamix warmed up": lambda: by_optax(ademamix(o)),
        "cautious_nadamw": lambda: nadamw(o, is_cautious=True),
        "schedule-free by optax": lambda: by_optax(schedule_free(o), optax.contrib.schedule_free_eval_params),
        "schedule_free_adamw": lambda: schedule_free_v2(o),
    }
    return by_name[name]()


def listed(tree):
    if "trained" in tree:
        return {name: listed(part) for name, part in tree.items()}
    return {name: [float(f"{each:.9g}") for each in np.asarray(values).ravel()] for name, values in tree.items()}


def main():
    golden = {"madeBy": f"optax {optax.__version__}, jax {jax.__version__}, numpy {np.__version__}, float64"}
    golden |= {"program": "elementwise_optimizers.py", "steps": STEPS, "kept": KEPT, "shapes": SHAPES, "cases": []}
    for name, options in CASES.items():
        after = [listed(params) for t, params in enumerate(steps_of(name, options), 1) if t in KEPT]
        golden["cases"].append({"name": name, "options": options, "after": after})
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
