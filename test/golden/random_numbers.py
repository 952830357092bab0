"""Random numbers by JAX, whose generator (partitionable threefry) ours repeats.

Run: pip install "jax==0.10.2" && python test/golden/random_numbers.py
Writes test/golden/random_numbers.json.
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np


def words(key):
    return np.asarray(jax.random.key_data(key)).tolist()


def tails(draws):
    """The twelve draws farthest from 0, with their places."""
    draws = np.asarray(draws)
    return [[int(at), float(draws[at])] for at in np.argsort(-np.abs(draws))[:12]]


def main():
    cases = []
    for seed in [0, 1, 42, 2**32 - 1]:
        key = jax.random.key(seed)
        cases.append({
            "seed": seed,
            "key": words(key),
            "folded": [[n, words(jax.random.fold_in(key, n))] for n in (0, 1, 7, 2**31, 2**32 - 1)],
            "split": [words(k) for k in jax.random.split(key, 5)],
            "bits": np.asarray(jax.random.bits(key, (7,), jnp.uint32)).tolist(),
            "uniform": np.asarray(jax.random.uniform(key, (6,))).astype(float).tolist(),
            "uniformBetween": np.asarray(jax.random.uniform(key, (40,), minval=-0.1, maxval=0.3)).astype(float).tolist(),
            "normal": np.asarray(jax.random.normal(key, (40,))).astype(float).tolist(),
            "truncatedNormal": np.asarray(jax.random.truncated_normal(key, -2, 2, (40,))).astype(float).tolist(),
            "normalTails": tails(jax.random.normal(key, (20000,))),
            "lecunNormal": np.asarray(jax.nn.initializers.lecun_normal()(key, (5, 8))).ravel().astype(float).tolist(),
        })
    with jax.enable_x64(True):
        wide = [[seed, words(jax.random.key(seed))] for seed in (2**32, 2**40 + 5, 2**53 - 1)]
    golden = {"madeBy": f"jax {jax.__version__}, float32", "program": "random_numbers.py", "cases": cases, "wideSeeds": wide}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
