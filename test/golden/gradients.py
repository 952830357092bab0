"""Gradients of layers by JAX in float64, each of a loss `sum(op(x, ...) * t)` with a fixed `t`, so that every output counts.

Run: pip install "jax==0.10.2" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/gradients.py
Writes test/golden/gradients.json. Inputs are multiples of 1/64, so that float32 holds them exactly; a part of them is zero, as
after a relu, so that max-pooling meets windows of one value. They are not written down: the test makes the same ones by `values`.
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

jax.config.update("jax_enable_x64", True)


def values(shape, seed):
    """A linear congruential generator of 32 bits; its high bits as multiples of 1/64 in (-1, 1), every seventh one 0."""
    state, out = seed * 2654435761 % 2**32, []
    for i in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(0.0 if i % 7 == 3 else (state >> 25) / 64 - 1)
    return np.array(out, np.float64).reshape(shape)


def conv(x, kernel, stride, pad, groups=1):
    return lax.conv_general_dilated(x, kernel, (stride, stride), pad, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)


def depthwise(x, kernel, stride, pad):
    height, width, channels, multiplier = kernel.shape
    return conv(x, kernel.reshape(height, width, 1, channels * multiplier), stride, pad, channels)


def window(x, reduce, start, size, stride, pad):
    return lax.reduce_window(x, start, reduce, (1, size, size, 1), (1, stride, stride, 1), pad)


def max_pool(x, size, stride, pad):
    return window(x, lax.max, -jnp.inf, size, stride, pad)


def mean_pool(x, size, stride, pad):
    return window(x, lax.add, 0.0, size, stride, pad) / window(jnp.ones_like(x), lax.add, 0.0, size, stride, pad)


def cross_entropy(logits, labels, weights, smoothing):
    hard = labels if labels.ndim == logits.ndim else jax.nn.one_hot(labels, logits.shape[-1])
    return optax.softmax_cross_entropy(logits, optax.smooth_labels(hard, smoothing)) * weights


def case(op, shapes, function, **options):
    """The value of the loss and its gradients with respect to all inputs."""
    inputs = [values(shape, i + 1) for i, shape in enumerate(shapes)]
    weight = values(jax.eval_shape(function, *inputs).shape, 99)
    loss, gradients = jax.value_and_grad(lambda args: jnp.sum(function(*args) * weight))(inputs)
    rounded = [[float(f"{v:.9g}") for v in np.ravel(g)] for g in gradients]
    return {"op": op, "shapes": shapes, "options": options, "loss": float(loss), "gradients": rounded}


def convolutions():
    for size in (1, 3, 5, 7):
        for stride in (1, 2):
            for pad in ("SAME", "VALID"):
                shapes = [[2, 7, 8, 3], [size, size, 3, 2]]
                yield case("conv2d", shapes, lambda x, k: conv(x, k, stride, pad), stride=stride, pad=pad.lower())
    explicit = ((2, 1), (0, 3))
    yield case("conv2d", [[1, 5, 6, 2], [2, 3, 2, 3]], lambda x, k: conv(x, k, 2, explicit), stride=2, pad=explicit)
    yield case("conv2d", [[2, 6, 6, 1], [3, 3, 1, 4]], lambda x, k: conv(x, k, 1, "SAME"), stride=1, pad="same")
    for size, stride, multiplier in ((3, 1, 1), (3, 2, 1), (3, 1, 2), (5, 2, 2), (1, 1, 3)):
        for pad in ("SAME", "VALID"):
            shapes = [[2, 7, 6, 2], [size, size, 2, multiplier]]
            yield case("depthwiseConv2d", shapes, lambda x, k: depthwise(x, k, stride, pad), stride=stride, pad=pad.lower())


def pools():
    for op, function in (("maxPool", max_pool), ("avgPool", mean_pool)):
        for size, stride in ((2, 2), (3, 2), (3, 1), (2, 3)):
            for pad in ("SAME", "VALID"):
                shapes = [[2, 7, 6, 3]]
                yield case(op, shapes, lambda x: function(x, size, stride, pad), size=size, stride=stride, pad=pad.lower())


def products():
    yield case("dense", [[5, 7], [7, 4], [4]], lambda x, kernel, bias: x @ kernel + bias)
    for left, right, transpose_a, transpose_b in (
        ([3, 4, 5], [3, 5, 6], False, False), ([3, 5, 4], [3, 5, 6], True, False),
        ([2, 2, 4, 5], [2, 2, 6, 5], False, True), ([3, 5, 4], [3, 6, 5], True, True), ([17, 33], [33, 9], False, False),
    ):
        swap = lambda x, flag: jnp.swapaxes(x, -1, -2) if flag else x
        function = lambda a, b: swap(a, transpose_a) @ swap(b, transpose_b)
        yield case("matMul", [left, right], function, transposeA=transpose_a, transposeB=transpose_b)
    for shape, rows in (([6, 4], [1, 3, 3, 0, 5]), ([6], [2, 2, 0]), ([4, 2, 3], [3, 3, 3])):
        yield case("gather", [shape], lambda x: x[jnp.array(rows)], rows=rows)


def losses():
    labels, weights = [2, 0, 3, 3, 1], [1, 0, 1, 1, 0]
    soft = values([5, 4], 5) ** 2
    soft = soft / soft.sum(-1, keepdims=True)
    for smoothing in (0, 0.1):
        for w in (None, weights):
            function = lambda x: cross_entropy(x, jnp.array(labels), jnp.ones(5) if w is None else jnp.array(w), smoothing)
            yield case("softmaxCrossEntropy", [[5, 4]], function, targets=labels, weights=w, labelSmoothing=smoothing)
        function = lambda x: cross_entropy(x, soft, jnp.array(weights), smoothing)
        yield case("softmaxCrossEntropy", [[5, 4]], function, targets=soft.tolist(), weights=weights, labelSmoothing=smoothing)
    # Logits far apart, where a naive softmax overflows.
    function = lambda x: cross_entropy(100 * x, jnp.array(labels), jnp.ones(5), 0)
    yield case("softmaxCrossEntropy", [[5, 4]], function, targets=labels, weights=None, labelSmoothing=0, scale=100)


def main():
    golden = {"madeBy": f"jax {jax.__version__}, optax {optax.__version__}, float64", "program": "gradients.py"}
    golden["cases"] = [*convolutions(), *pools(), *products(), *losses()]
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
