"""Logits, loss, gradients and batch statistics of cifar's ResNet-18 by flax in float64, for numbers given by a formula.

Run: pip install "jax==0.10.2" "flax==0.12.8" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/cifar.py
Writes test/golden/cifar.json: of every tensor only some entries and the norm. Also one batch normalisation by itself, whole.
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
BATCH = 4
STAGE_SIZES = (2, 2, 2, 2)


class Block(nn.Module):
    filters: int
    stride: int
    train: bool

    @nn.compact
    def __call__(self, x):
        norm = lambda name: nn.BatchNorm(use_running_average=not self.train, momentum=0.9, epsilon=1e-5, param_dtype=jnp.float64, name=name)
        conv = lambda size, stride, name: nn.Conv(self.filters, (size, size), (stride, stride), use_bias=False, param_dtype=jnp.float64, name=name)
        y = nn.relu(norm("batchNorm0")(conv(3, self.stride, "conv0")(x)))
        y = norm("batchNorm1")(conv(3, 1, "conv1")(y))
        if x.shape != y.shape:
            x = norm("normProj")(conv(1, self.stride, "convProj")(x))
        return nn.relu(x + y)


class ResNet18(nn.Module):
    train: bool

    @nn.compact
    def __call__(self, x):
        x = nn.Conv(64, (3, 3), use_bias=False, param_dtype=jnp.float64, name="convInit")(x)
        x = nn.relu(nn.BatchNorm(use_running_average=not self.train, momentum=0.9, epsilon=1e-5, param_dtype=jnp.float64, name="batchNormInit")(x))
        number = 0
        for stage, size in enumerate(STAGE_SIZES):
            for block in range(size):
                x = Block(64 * 2**stage, 2 if stage and not block else 1, self.train, name=f"resNetBlock{number}")(x)
                number += 1
        return nn.Dense(10, param_dtype=jnp.float64, name="dense0")(x.mean(axis=(1, 2)))


def noise(shape, salt):
    """Numbers in [-1, 1) by a hash of their position, rounded to float32: the same values can be made anywhere."""
    x = np.arange(np.prod(shape), dtype=np.uint32) + np.uint32(salt * 2654435769 % 2**32)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    x ^= x >> 16
    return np.float32(x.astype(np.float64) / 2**31 - 1).astype(np.float64).reshape(shape)


def f32(x):
    return np.float32(x).astype(np.float64)


def numbers_for(path, shape, salt):
    """What stands at `path`. Normalised values are mostly above 0, where relu has no kink that rounding could carry one over:
    each that it did would move the gradients by more than float32 rounds them."""
    layer, name = path.split("/")[-2:]
    if name == "kernel":
        return f32(noise(shape, salt) * (6 / np.prod(shape[:-1])) ** 0.5)
    if name == "var":
        return f32(1 + 0.25 * noise(shape, salt))
    if name == "scale":
        return f32(0.35 + 0.1 * noise(shape, salt))
    if name == "bias" and layer != "dense0":
        return f32(1 + 0.1 * noise(shape, salt))
    return f32(0.1 * noise(shape, salt))


def filled(tree):
    """The tree with numbers by formula; the salt is the leaf's place in the order of the paths."""
    flat = flax.traverse_util.flatten_dict(tree, sep="/")
    return flax.traverse_util.unflatten_dict(
        {path: numbers_for(path, flat[path].shape, i + 1) for i, path in enumerate(sorted(flat))}, sep="/"
    )


def told(tree):
    """By path: some entries, and the norm."""
    result = {}
    for path, value in flax.traverse_util.flatten_dict(tree, sep="/").items():
        flat = np.asarray(value).ravel()
        at = list(range(flat.size // 7, flat.size, max(1, flat.size // 8)))[:8]
        result[path] = {"at": at, "values": [float(v) for v in flat[at]], "norm": float(np.linalg.norm(flat))}
    return result


def network():
    inputs, targets = 1.7 * noise((BATCH, 32, 32, 3), 99), np.arange(BATCH) * 3 % 10
    weights = np.array([1, 1, 1, 0], dtype=np.float64)
    start = ResNet18(train=False).init(jax.random.PRNGKey(0), jnp.zeros((1, 32, 32, 3)))
    params, stats = filled(start["params"]), filled(start["batch_stats"])

    def loss(params):
        variables = {"params": params, "batch_stats": stats}
        logits, new = ResNet18(train=True).apply(variables, f32(inputs), mutable=["batch_stats"])
        per_example = optax.softmax_cross_entropy_with_integer_labels(logits, targets) * weights
        return per_example.sum() / weights.sum(), (logits, new["batch_stats"])

    (value, (logits, moved)), gradients = jax.jit(jax.value_and_grad(loss, has_aux=True))(params)
    evaluated = ResNet18(train=False).apply({"params": params, "batch_stats": stats}, f32(inputs))
    return {
        "batch": BATCH,
        "parameterCount": sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(start["params"])),
        "loss": float(value),
        "logits": np.asarray(logits).ravel().tolist(),
        "evalLogits": np.asarray(evaluated).ravel().tolist(),
        "gradients": told(gradients),
        "modelState": told(moved),
    }


def batch_norm():
    shape = (3, 2, 2, 4)
    x, weight = f32(2 * noise(shape, 7) + np.arange(4)), noise(shape, 8)
    params = {"scale": f32(1 + 0.5 * noise((4,), 9)), "bias": noise((4,), 10)}
    stats = {"mean": noise((4,), 11), "var": f32(1.5 + noise((4,), 12))}
    cases = {}
    for mode in ("train", "eval"):
        layer = nn.BatchNorm(use_running_average=mode == "eval", momentum=0.9, epsilon=1e-3, param_dtype=jnp.float64)

        def loss(params, x):
            y, new = layer.apply({"params": params, "batch_stats": stats}, x, mutable=["batch_stats"])
            return (y * weight).sum(), (y, new.get("batch_stats", stats))

        (_, (y, moved)), (dparams, dx) = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(params, x)
        leaves = {"output": y, "mean": moved["mean"], "var": moved["var"], "x": dx, "scale": dparams["scale"], "bias": dparams["bias"]}
        cases[mode] = {name: np.asarray(leaf).ravel().tolist() for name, leaf in leaves.items()}
    return cases


def main():
    golden = {"madeBy": f"flax {flax.__version__}, jax {jax.__version__}, float64", "program": "cifar.py"}
    golden |= {"network": network(), "batchNorm": batch_norm()}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
