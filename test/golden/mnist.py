"""Logits, loss and gradients of mnist's model by flax in float64, for parameters and images given by a formula.

Run: pip install "jax==0.10.2" "flax==0.12.8" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/mnist.py
Writes test/golden/mnist.json: of the large gradients only some entries and the norm.
"""
import json
import pathlib

import flax
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
BATCH = 8


class Mlp(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.sigmoid(nn.Dense(128, param_dtype=jnp.float64, name="dense0")(x))
        return nn.Dense(10, param_dtype=jnp.float64, name="dense1")(x)


def wave(shape, scale, pace):
    """sin(pace * i) * scale, rounded to float32: the same values can be made anywhere."""
    return np.float32(np.sin(pace * np.arange(np.prod(shape))) * scale).astype(np.float64).reshape(shape)


def main():
    params = {
        "dense0": {"kernel": wave((784, 128), 0.05, 0.7), "bias": wave((128,), 0.1, 1.3)},
        "dense1": {"kernel": wave((128, 10), 0.2, 0.9), "bias": wave((10,), 0.1, 1.7)},
    }
    inputs, targets = wave((BATCH, 784), 1.0, 0.37), np.arange(BATCH) % 10
    weights = np.array([1, 1, 1, 1, 1, 1, 0, 0], dtype=np.float64)
    model = Mlp()
    cases = []
    for smoothing in (0.0, 0.1):

        def loss(params):
            logits = model.apply({"params": params}, inputs)
            labels = optax.smooth_labels(jax.nn.one_hot(targets, 10), smoothing)
            per_example = optax.softmax_cross_entropy(logits, labels) * weights
            return per_example.sum() / weights.sum(), (logits, per_example)

        (value, (logits, per_example)), gradients = jax.value_and_grad(loss, has_aux=True)(params)
        told = {}
        for layer, parts in gradients.items():
            for name, gradient in parts.items():
                flat = np.asarray(gradient).ravel()
                at = list(range(0, flat.size, max(1, flat.size // 40)))
                told[f"{layer}/{name}"] = {"at": at, "values": flat[at].tolist(), "norm": float(np.linalg.norm(flat))}
        cases.append({"labelSmoothing": smoothing, "loss": float(value), "perExample": per_example.tolist(),
                      "logits": np.asarray(logits).ravel().tolist(), "gradients": told})
    golden = {"madeBy": f"flax {flax.__version__}, jax {jax.__version__}, float64", "program": "mnist.py", "batch": BATCH, "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
