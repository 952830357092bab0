"""Twenty steps of AdamW, NAdamW and SGD by optax in float64, from fixed parameters and gradients.

Run: pip install "jax==0.10.2" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/optimizers.py
Writes test/golden/optimizers.json. NAdamW here is AlgoPerf's: the first moment is averaged with the gradient once more and its
bias corrected by 1 - b1^t (optax's own nadamw corrects by 1 - b1^(t+1)), so it is composed of optax's transforms and that rule.
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
OPTIONS = {"b1": 0.93266073836, "b2": 0.9955159689799007, "eps": 1e-8, "weightDecay": 0.08121616522670176}
SGD_OPTIONS = [
    {"weightDecay": 0},
    {"momentum": 0.9, "weightDecay": 0},
    {"momentum": 0.93, "weightDecay": 5e-3},
    {"momentum": 0.9, "nesterov": True, "weightDecay": 5e-3},
    {"momentum": 0.9, "nesterov": True, "weightDecay": 5e-2, "decaysKernelsOnly": True},
]
STEPS = 20


def scale_by_nadam(b1, b2, eps):
    def init(params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return optax.ScaleByAdamState(jnp.zeros([], jnp.int32), zeros, zeros)

    def update(updates, state, params=None):
        count = state.count + 1
        mu = optax.tree.update_moment(updates, state.mu, b1, 1)
        nu = optax.tree.update_moment_per_elem_norm(updates, state.nu, b2, 2)
        twice = optax.tree.update_moment(updates, mu, b1, 1)
        mu_hat = optax.tree.bias_correction(twice, b1, count)
        nu_hat = optax.tree.bias_correction(nu, b2, count)
        return jax.tree.map(lambda m, v: m / (jnp.sqrt(v) + eps), mu_hat, nu_hat), optax.ScaleByAdamState(count, mu, nu)

    return optax.GradientTransformation(init, update)


def main():
    rng = np.random.default_rng(3)
    f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32).astype(np.float64)
    params = {"kernel": f32(3, 2), "bias": f32(2)}
    gradients = [{"kernel": f32(3, 2), "bias": f32(2)} for _ in range(STEPS)]
    rates = [float(np.float32(1e-3 * (1 + t))) for t in range(STEPS)]
    b1, b2, eps, decay = (OPTIONS[name] for name in ("b1", "b2", "eps", "weightDecay"))
    rules = {"adamw": optax.scale_by_adam(b1, b2, eps), "nadamw": scale_by_nadam(b1, b2, eps)}
    golden = {"madeBy": f"optax {optax.__version__}, jax {jax.__version__}, float64", "program": "optimizers.py", "options": OPTIONS}
    golden |= {"params": listed(params), "gradients": [listed(g) for g in gradients], "rates": rates, "after": {}}
    for name, rule in rules.items():
        chain = optax.chain(rule, optax.add_decayed_weights(decay))
        state, now, steps = chain.init(params), params, []
        for gradient, rate in zip(gradients, rates):
            updates, state = chain.update(gradient, state, now)
            now = jax.tree.map(lambda p, u: p - rate * u, now, updates)
            steps.append(listed(now))
        golden["after"][name] = steps
    golden["sgd"] = [{"options": options, "after": sgd_steps(options, params, gradients, rates)} for options in SGD_OPTIONS]
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def sgd_steps(options, params, gradients, rates):
    """With the learning rate as a schedule of optax's."""
    mask = (lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree)) if options.get("decaysKernelsOnly") else None
    rate = lambda count: jnp.asarray(rates)[count]
    chain = optax.chain(
        optax.add_decayed_weights(options["weightDecay"], mask),
        optax.sgd(rate, momentum=options.get("momentum"), nesterov=options.get("nesterov", False)),
    )
    state, now, steps = chain.init(params), params, []
    for gradient in gradients:
        updates, state = chain.update(gradient, state, now)
        now = optax.apply_updates(now, updates)
        steps.append(listed(now))
    return steps


def listed(tree):
    return {name: np.asarray(value).ravel().tolist() for name, value in tree.items()}


main()
