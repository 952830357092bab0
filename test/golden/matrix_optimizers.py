"""Fifty steps in float64 of the optimizers that look at a whole parameter, on a small net with fixed gradients.

Run: pip install "jax==0.10.2" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/matrix_optimizers.py
Writes test/golden/matrix_optimizers.json: the parameters after some of the steps. Muon and SAM are optax's; Shampoo, SOAP and DiLoCo
are their formulas written out in numpy, with inverse roots by eigendecomposition and bases by LAPACK's QR. Parameters, gradients and
learning rates are whole multiples of 1/1024 and made by `value`, in the test as here. For SAM the gradient at p is the fixed one
plus p / 2.
"""
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
from optax.contrib import MuonDimensionNumbers

jax.config.update("jax_enable_x64", True)
STEPS, KEPT = 50, (1, 2, 10, 50)
SHAPES = {"matrix": (6, 4), "vector": (5,), "scalar": (), "kernel": (2, 2, 3, 4), "embedding": (8, 4)}
ADAM = {"b1": 0.9, "b2": 0.98, "weightDecay": 0.1}
MUON = {"beta": 0.9, "weightDecay": 0.05, "learningRateFactor": 4, "adam": ADAM}
SHAMPOO = ADAM | {"startPreconditioningStep": 5, "preconditioningComputeSteps": 3}
CASES = {
    "muon": MUON | {"nesterov": False},
    "muon with Nesterov's momentum": MUON | {"nesterov": True},
    "sam": ADAM | {"rho": 0.05},
    "shampoo": SHAMPOO | {"matrixEpsilon": 1e-2, "blockSize": 4, "mergeSmallDimsBlockSize": 12},
    "shampoo of whole parameters, grafted on sgd": SHAMPOO | {"matrixEpsilon": 1e-2, "grafting": "sgd", "nesterov": False},
    "ill-conditioned shampoo": SHAMPOO | {"matrixEpsilon": 1e-6},
    "soap": ADAM | {"shampooBeta": 0.95, "preconditionFrequency": 5},
    "soap of short sides": ADAM | {"preconditionFrequency": 5, "maxPrecondDim": 4},
    "single_worker_diloco": {"inner": ADAM, "syncSteps": 4, "outerLearningRate": 0.7, "outerMomentum": 0.6},
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


def muon(o):
    """The rest is optax's AdamW, whose Nesterov momentum is not AlgoPerf's: with it only what Muon trains is kept."""
    dimensions = {"matrix": MuonDimensionNumbers(), "kernel": MuonDimensionNumbers((0, 1, 2), 3)}
    dimensions |= {"vector": None, "scalar": None, "embedding": None}
    factor, adam = o["learningRateFactor"], o["adam"]
    chain = optax.contrib.muon(
        lambda count: factor * rate_of(count), beta=o["beta"], weight_decay=o["weightDecay"], nesterov=o["nesterov"],
        adam_b1=adam["b1"], adam_b2=adam["b2"], adam_weight_decay=adam["weightDecay"], adam_learning_rate=rate_of,
        muon_weight_dimension_numbers=dimensions,
    )  # fmt: skip
    names = ("matrix", "kernel") if o["nesterov"] else SHAPES
    params = mapped(jnp.asarray, tree(0))
    state = chain.init(params)
    for t in range(STEPS):
        updates, state = chain.update(mapped(jnp.asarray, tree(t + 1)), state, params)
        params = optax.apply_updates(params, updates)
        yield {name: params[name] for name in names}


def sam(o):
    adamw = optax.adamw(rate_of, o["b1"], o["b2"], weight_decay=o["weightDecay"])
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(o["rho"]))
    chain = optax.contrib.sam(adamw, uphill, opaque_mode=True)
    params = mapped(jnp.asarray, tree(0))
    state = chain.init(params)
    for t in range(STEPS):
        fixed = mapped(jnp.asarray, tree(t + 1))
        gradients_at = lambda at, _=0: mapped(lambda g, p: g + p / 2, fixed, at)
        updates, state = chain.update(gradients_at(params), state, params, grad_fn=gradients_at)
        params = optax.apply_updates(params, updates)
        yield params


def merged(shape, most):
    result, product = [], 1
    for size in shape:
        if product * size <= most:
            product *= size
        else:
            result += [product] if product > 1 else []
            product = size
    return result + ([product] if product > 1 or not result else [])


def block_slices(shape, size):
    """Index expressions of the blocks."""
    slices = [()]
    for length in shape:
        slices = [s + (slice(begin, min(begin + size, length)),) for s in slices for begin in range(0, length, size)]
    return slices


def unfolded(x, axis):
    return np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)


def along(x, matrix, axis):
    """x with matrix^T from the left along an axis."""
    return np.moveaxis(np.tensordot(matrix, x, axes=(0, axis)), 0, axis)


def inverse_root(matrix, p, ridge):
    eigenvalues, vectors = np.linalg.eigh(matrix)
    damped = np.maximum(eigenvalues, 0) + ridge * max(eigenvalues[-1], 1e-25)
    return (vectors * damped ** (-1 / p)) @ vectors.T


def shampoo(o):
    defaults = {"blockSize": 1024, "mergeSmallDimsBlockSize": 4096, "grafting": "rmsprop_normalized", "nesterov": True, "eps": 1e-8}
    o = defaults | o
    b1, b2, ridge = o["b1"], o["b2"], o["matrixEpsilon"]
    params = tree(0)
    squares, momentum, grafted_momentum = [mapped(np.zeros_like, params) for _ in range(3)]
    shape_of = {name: merged(shape, o["mergeSmallDimsBlockSize"]) if shape else [] for name, shape in SHAPES.items()}
    blocks = {name: block_slices(shape, o["blockSize"]) if shape else [] for name, shape in shape_of.items()}
    sides = {name: [np.zeros(shape_of[name])[s].shape for s in blocks[name]] for name in SHAPES}
    statistics = {name: [[ridge * np.eye(n) for n in shape] for shape in sides[name]] for name in SHAPES}
    roots = {name: [[np.eye(n) for n in shape] for shape in sides[name]] for name in SHAPES}
    for t in range(STEPS):
        gradients = tree(t + 1)
        for name, g in gradients.items():
            folded = g.reshape(shape_of[name]) if blocks[name] else g
            for block, own in zip(blocks[name], statistics[name]):
                for axis in range(folded.ndim):
                    rows = unfolded(folded[block], axis)
                    own[axis] = b2 * own[axis] + (1 - b2) * rows @ rows.T
            if t % o["preconditioningComputeSteps"] == 0:
                roots[name] = [[inverse_root(m, 2 * folded.ndim, ridge) for m in own] for own in statistics[name]]
            step = g
            if o["grafting"] != "sgd":
                scaled = g / (np.linalg.norm(g) + 1e-25)
                squares[name] = b2 * squares[name] + (1 - b2) * scaled**2
                step = scaled / (np.sqrt(squares[name]) + o["eps"])
            update = step
            if blocks[name]:
                preconditioned = np.zeros_like(folded)
                for block, own in zip(blocks[name], roots[name]):
                    current = folded[block]
                    for axis, root in enumerate(own):
                        current = along(current, root, axis)
                    preconditioned[block] = current
                update = preconditioned.reshape(g.shape)
                update = update * np.linalg.norm(step) / (np.linalg.norm(update) + 1e-25)
            update, step = [each + o["weightDecay"] * params[name] for each in (update, step)]
            momentum[name] = b1 * momentum[name] + (1 - b1) * update
            grafted_momentum[name] = b1 * grafted_momentum[name] + (1 - b1) * step
            is_started = t >= o["startPreconditioningStep"]
            m, u = (momentum[name], update) if is_started else (grafted_momentum[name], step)
            params[name] = params[name] - RATES[t] * ((1 - b1) * u + b1 * m if o["nesterov"] else m)
        yield dict(params)


def soap(o):
    """The first moment is kept outside of the bases here."""
    b1, b2, beta = o["b1"], o["b2"], o.get("shampooBeta", o["b2"])
    params = tree(0)
    mu, nu = [mapped(np.zeros_like, params) for _ in range(2)]
    most = o.get("maxPrecondDim", 10_000)
    axes = {name: [i for i, n in enumerate(s) if len(s) > 1 and 1 < n <= most] for name, s in SHAPES.items()}
    statistics = {name: {i: np.zeros((SHAPES[name][i],) * 2) for i in own} for name, own in axes.items()}
    bases = {name: {i: np.eye(SHAPES[name][i]) for i in own} for name, own in axes.items()}
    for t in range(1, STEPS + 1):
        for name, g in tree(t).items():
            def turned(x, back=False):
                for i, basis in bases[name].items():
                    x = along(x, basis.T if back else basis, i)
                return x

            mu[name] = b1 * mu[name] + (1 - b1) * g
            nu[name] = b2 * nu[name] + (1 - b2) * turned(g) ** 2
            direction = (turned(mu[name]) / (1 - b1**t)) / (np.sqrt(nu[name] / (1 - b2**t)) + 1e-8)
            params[name] = params[name] - RATES[t - 1] * (turned(direction, True) + o["weightDecay"] * params[name])
            for i in axes[name]:
                rows = unfolded(g, i)
                statistics[name][i] = beta * statistics[name][i] + (1 - beta) * rows @ rows.T
                if t % o["preconditionFrequency"] == 0:
                    product = statistics[name][i] @ bases[name][i]
                    order = np.argsort(-np.sum(bases[name][i] * product, axis=0), kind="stable")
                    bases[name][i] = np.linalg.qr(product[:, order])[0]
                    nu[name] = np.take(nu[name], order, axis=i)
        yield dict(params)


def diloco(o):
    b1, b2, decay = (o["inner"][name] for name in ("b1", "b2", "weightDecay"))
    fast, slow = tree(0), tree(0)
    mu, nu, trace = [mapped(np.zeros_like, fast) for _ in range(3)]
    for t in range(1, STEPS + 1):
        for name, g in tree(t).items():
            mu[name] = b1 * mu[name] + (1 - b1) * g
            nu[name] = b2 * nu[name] + (1 - b2) * g * g
            direction = (mu[name] / (1 - b1**t)) / (np.sqrt(nu[name] / (1 - b2**t)) + 1e-8)
            fast[name] = fast[name] - RATES[t - 1] * (direction + decay * fast[name])
            if t % o["syncSteps"] == 0:
                way = slow[name] - fast[name]
                trace[name] = o["outerMomentum"] * trace[name] + way
                slow[name] = slow[name] - o["outerLearningRate"] * (way + o["outerMomentum"] * trace[name])
                fast[name] = slow[name]
        yield {"trained": dict(fast), "evaluated": dict(slow)}


def steps_of(name, o):
    by_name = {"muon": muon, "sam": sam, "shampoo": shampoo, "soap": soap, "single_worker_diloco": diloco}
    return next(steps for part, steps in by_name.items() if part in name)(o)


def listed(tree):
    if "trained" in tree:
        return {name: listed(part) for name, part in tree.items()}
    return {name: [float(f"{each:.9g}") for each in np.asarray(values).ravel()] for name, values in tree.items()}


def main():
    golden = {"madeBy": f"optax {optax.__version__}, jax {jax.__version__}, numpy {np.__version__}, float64"}
    golden |= {"program": "matrix_optimizers.py", "steps": STEPS, "kept": KEPT, "shapes": SHAPES, "cases": []}
    for name, options in CASES.items():
        after = [listed(params) for t, params in enumerate(steps_of(name, options), 1) if t in KEPT]
        golden["cases"].append({"name": name, "options": options, "after": after})
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
