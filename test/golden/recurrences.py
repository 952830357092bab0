"""Recurrences over sequences of one length and of several by JAX's scan in float64, with the gradients of a loss: flax's GRUCell, and
a step of two states that uses a kernel twice.

Run: pip install "jax==0.10.2" flax && JAX_ENABLE_X64=1 python test/golden/recurrences.py
Writes test/golden/recurrences.json. The loss is the sum of outputs and last states, each times fixed numbers. All inputs and these
numbers are multiples of 1/64; the test makes the same ones by `values`, with the seeds 1, 2, ... in the order of a case's shapes, and
11, 12, ... for the fixed numbers.
"""
import json
import pathlib

import flax
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


def gru(width, units):
    cell = flax.linen.GRUCell(units, dtype=jnp.float64, param_dtype=jnp.float64)
    shapes = {"kernel": (width, 3 * units), "recurrentKernel": (units, 3 * units), "bias": (3 * units,)}

    def step(params, carry, x):
        kernels = [jnp.split(params[name], 3, -1) for name in shapes]
        of_input = {
            f"i{part}": {"kernel": kernels[0][i], "bias": kernels[2][i]} for i, part in enumerate("rzn")
        }
        of_hidden = {f"h{part}": {"kernel": kernels[1][i]} for i, part in enumerate("rzn")}
        of_hidden["hn"]["bias"] = params["recurrentBias"]
        hidden, output = cell.apply({"params": {**of_input, **of_hidden}}, carry["hidden"], x)
        return {"hidden": hidden}, output

    return {**shapes, "recurrentBias": (units,)}, ["hidden"], step


def two_states(width, units):
    """The first one's kernel is used for both, and its size is added to the second one, which fades."""
    shapes = {"kernel": (width, units), "recurrentKernel": (units, units), "bias": (units,), "fading": (units,)}

    def step(params, carry, x):
        hidden, size = carry["hidden"], carry["size"]
        recurrent = hidden @ params["recurrentKernel"] + (hidden * size) @ params["recurrentKernel"]
        hidden = jnp.tanh(x @ params["kernel"] + recurrent + params["bias"])
        size = jax.nn.sigmoid(params["fading"]) * size + hidden**2
        return {"hidden": hidden, "size": size}, hidden * size

    return shapes, ["hidden", "size"], step


def case(kind, make, batch, steps, width, units, lengths):
    weights, states, step = make(width, units)
    shapes = {"inputs": (batch, steps, width), **weights, **{name: (batch, units) for name in states}}
    given = {name: values(shape, 1 + i) for i, (name, shape) in enumerate(shapes.items())}
    ends = jnp.array(lengths or [steps] * batch)

    def loss(given):
        def masked(carry, at):
            x, number = at
            goes_on = (number < ends)[:, None]
            after, output = step(given, carry, x)
            chosen = {name: jnp.where(goes_on, after[name], carry[name]) for name in states}
            return chosen, jnp.where(goes_on, output, 0)

        start = {name: given[name] for name in states}
        inputs = jnp.swapaxes(given["inputs"], 0, 1)
        last, outputs = jax.lax.scan(masked, start, (inputs, jnp.arange(steps)))
        results = [jnp.swapaxes(outputs, 0, 1), *(last[name] for name in states)]
        return sum(jnp.sum(result * values(result.shape, 11 + i)) for i, result in enumerate(results)), results

    (_, results), gradients = jax.value_and_grad(loss, has_aux=True)(given)

    def listed(array):
        return [float(f"{value:.12g}") for value in np.ravel(array)]

    return {
        "kind": kind,
        "shapes": {name: list(shape) for name, shape in shapes.items()},
        "lengths": lengths,
        "results": [listed(result) for result in results],
        "gradients": [listed(gradients[name]) for name in shapes],
    }


cases = [
    case("gru", gru, 1, 1, 2, 1, None),
    case("gru", gru, 3, 5, 2, 3, None),
    case("gru", gru, 5, 4, 3, 17, [4, 1, 3, 0, 2]),
    case("twoStates", two_states, 1, 1, 2, 1, None),
    case("twoStates", two_states, 4, 6, 3, 5, None),
    case("twoStates", two_states, 3, 5, 2, 3, [5, 2, 0]),
]
path = pathlib.Path(__file__).with_name("recurrences.json")
path.write_text(json.dumps({"madeBy": f"jax {jax.__version__}, flax {flax.__version__}, float64", "cases": cases}) + "\n")
