"""A layer of LSTM over sequences of one length and of several by JAX's scan in float64, with the gradients of a loss.

Run: pip install "jax==0.10.2" && JAX_ENABLE_X64=1 python test/golden/lstm.py
Writes test/golden/lstm.json. The loss is the sum of outputs, last hidden states and last cells, each times fixed numbers. All
inputs and these numbers are multiples of 1/64; the test makes the same ones by `values`, with the seeds 1, 2, ... in the order of
NAMES, and 11, 12, 13 for the fixed numbers.
"""
import json
import pathlib

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


NAMES = ["inputs", "kernel", "recurrentKernel", "bias", "hidden", "cell"]


def lstm(inputs, kernel, recurrent_kernel, bias, hidden, cell, lengths):
    def step(carry, given):
        h, c = carry
        x, number = given
        i, j, f, o = jnp.split(x @ kernel + h @ recurrent_kernel + bias, 4, 1)
        next_c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(j)
        next_h = jax.nn.sigmoid(o) * jnp.tanh(next_c)
        goes_on = (number < lengths)[:, None]
        carry = jnp.where(goes_on, next_h, h), jnp.where(goes_on, next_c, c)
        return carry, jnp.where(goes_on, next_h, 0)

    steps = inputs.shape[1]
    (h, c), outputs = jax.lax.scan(step, (hidden, cell), (jnp.swapaxes(inputs, 0, 1), jnp.arange(steps)))
    return jnp.swapaxes(outputs, 0, 1), h, c


def case(batch, steps, width, units, lengths):
    shapes = {
        "inputs": (batch, steps, width),
        "kernel": (width, 4 * units),
        "recurrentKernel": (units, 4 * units),
        "bias": (4 * units,),
        "hidden": (batch, units),
        "cell": (batch, units),
    }
    given = [values(shapes[name], seed + 1) for seed, name in enumerate(NAMES)]
    ends = jnp.array(lengths or [steps] * batch)

    def loss(*given):
        results = lstm(*given, ends)
        return sum(jnp.sum(result * values(result.shape, 11 + i)) for i, result in enumerate(results)), results

    (_, results), gradients = jax.value_and_grad(loss, argnums=tuple(range(len(NAMES))), has_aux=True)(*given)

    def listed(array):
        return [float(f"{value:.12g}") for value in np.ravel(array)]

    return {
        "shapes": {name: list(shape) for name, shape in shapes.items()},
        "lengths": lengths,
        "results": [listed(result) for result in results],
        "gradients": [listed(gradient) for gradient in gradients],
    }


cases = [
    case(1, 1, 2, 1, None),
    case(3, 5, 2, 3, None),
    case(3, 5, 2, 3, [5, 2, 0]),
    case(5, 4, 3, 17, [4, 1, 3, 4, 2]),
    case(9, 3, 4, 20, None),
]
path = pathlib.Path(__file__).with_name("lstm.json")
path.write_text(json.dumps({"madeBy": f"jax {jax.__version__}, float64", "cases": cases}) + "\n")
