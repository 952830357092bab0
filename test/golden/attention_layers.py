"""Layers of attention models by flax and JAX in float64, with the gradients of a loss.

Run: pip install "jax==0.10.2" "flax==0.12.8" && JAX_ENABLE_X64=1 python test/golden/attention_layers.py
Writes test/golden/attention_layers.json. The loss is the sum of the outputs times fixed numbers. All inputs and these numbers are
multiples of 1/64; the test makes the same ones by `values`, with the seeds 1, 2, ... in the order of a case's inputs, and 11 for
the fixed numbers.
"""
import importlib.metadata
import json
import pathlib

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def values(shape, seed):
    """A linear congruential generator of 32 bits; its high bits as multiples of 1/64 in (-1, 1), every seventh one 0."""
    state, out = seed * 2654435761 % 2**32, []
    for i in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(0.0 if i % 7 == 3 else (state >> 25) / 64 - 1)
    return np.array(out, np.float64).reshape(shape)


def rms_norm(scale, x):
    return nn.RMSNorm(epsilon=1e-6).apply({"params": {"scale": scale}}, x)


def layer_norm(scale, bias, x):
    return nn.LayerNorm(epsilon=1e-6).apply({"params": {"scale": scale, "bias": bias}}, x)


def rotary(x):
    """With complex numbers: a pair (a, b) is a + ib, and turning it is a product with exp(it)."""
    _, length, _, size = x.shape
    pairs = x[..., 0::2] + 1j * x[..., 1::2]
    angles = np.arange(length)[:, None, None] * 500_000.0 ** (-np.arange(size // 2) * 2 / size)
    turned = pairs * np.exp(1j * angles)
    return jnp.stack([turned.real, turned.imag], -1).reshape(x.shape)


def dense(kernel, bias, x):
    return nn.DenseGeneral(kernel.shape[1:]).apply({"params": {"kernel": kernel, "bias": bias}}, x)


def dense_of_two_axes(kernel, x):
    return nn.DenseGeneral(kernel.shape[2:], axis=(-2, -1), use_bias=False).apply({"params": {"kernel": kernel}}, x)


IDS = np.array([[3, 0, 3], [1, 2, 0]])
MASK = np.array([[1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 1, 0]], bool)[None, None]


def tied_embeddings(table):
    embedding = nn.Embed(*table.shape)
    params = {"params": {"embedding": table}}
    return embedding.apply(params, embedding.apply(params, IDS), method="attend")


def attention(query, key, value):
    return nn.dot_product_attention(query, key, value, deterministic=True)


def masked_attention(query, key, value):
    return nn.dot_product_attention(query, key, value, mask=MASK, deterministic=True)


def causal_attention(query, key, value, scale):
    return jax.nn.dot_product_attention(query * scale, key, value, is_causal=True, scale=1.0)


CASES = [
    (rms_norm, [[5], [2, 3, 5]]),
    (layer_norm, [[5], [5], [2, 3, 5]]),
    (rotary, [[2, 3, 2, 4]]),
    (dense, [[3, 2, 4], [2, 4], [2, 3, 3]]),
    (dense_of_two_axes, [[2, 3, 5], [2, 4, 2, 3]]),
    (jax.nn.glu, [[2, 3, 8]]),
    (tied_embeddings, [[4, 5]]),
    (attention, [[2, 3, 2, 5], [2, 4, 2, 5], [2, 4, 2, 5]]),
    (masked_attention, [[2, 3, 2, 5], [2, 4, 2, 5], [2, 4, 2, 5]]),
    (causal_attention, [[2, 4, 2, 5], [2, 4, 2, 5], [2, 4, 2, 5], []]),
]


def rounded(array):
    return [float(f"{value:.12g}") for value in np.asarray(array).ravel()]


def case_of(function, shapes):
    inputs = [values(shape, i + 1) for i, shape in enumerate(shapes)]
    outputs = function(*inputs)
    weights = values(outputs.shape, 11)
    gradients = jax.grad(lambda *given: (function(*given) * weights).sum(), tuple(range(len(shapes))))(*inputs)
    name = "".join(part.title() if i else part for i, part in enumerate(function.__name__.split("_")))
    return {"name": name, "shapes": shapes, "outputs": rounded(outputs), "gradients": [rounded(each) for each in gradients]}


made_by = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("jax", "flax")) + ", float64"
golden = {"madeBy": made_by, "cases": [case_of(*case) for case in CASES]}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")
