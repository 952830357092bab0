"""Shampoo and SOAP for `peer_jax.py`: transformations of optax's form, written from the formulas of `src/optimizers/shampoo.ts` and
`scale-by-soap.ts` with the same options, for kernels of two axes and biases. What is computed every few steps stands under
`lax.cond`, so that one jitted step serves all.
"""
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

LEAST = 1e-25


class ShampooState(NamedTuple):
    count: jnp.ndarray
    statistics: list
    roots: list
    squares: list
    momentum: list
    grafted_momentum: list


def merged(shape, most=4096):
    """A shape whose neighbouring dimensions are one as long as their product is at most `most`."""
    result, product = [], 1
    for n in shape:
        if product * n > most and product > 1:
            result.append(product)
            product = 1
        product *= n
    return (*result, product)


def cut(x, size):
    """The blocks of a tensor with merged dimensions."""
    x = x.reshape(merged(x.shape))
    blocks = [x]
    for axis in range(x.ndim):
        ends = range(size, x.shape[axis], size)
        blocks = [part for block in blocks for part in jnp.split(block, list(ends), axis)]
    return blocks


def joined(blocks, shape, size):
    for axis, n in reversed(list(enumerate(merged(shape)))):
        count = -(-n // size)
        blocks = [jnp.concatenate(blocks[i : i + count], axis) for i in range(0, len(blocks), count)]
    return blocks[0].reshape(shape)


def gram(x, axis):
    rows = jnp.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)
    return rows @ rows.T


def along(x, matrix, axis):
    return jnp.moveaxis(jnp.tensordot(matrix, x, (0, axis)), 0, axis)


def largest_eigenvalues(matrices):
    """By power iteration, until it moves no more."""
    start = jnp.cos(jnp.square(jnp.arange(1.0, matrices.shape[-1] + 1)))
    start = jnp.broadcast_to(start, matrices.shape[:-1])[..., None]

    def again(carry):
        i, vector, value, last = carry
        product = matrices @ vector
        now = (vector * product).sum((-2, -1), keepdims=True)
        return i + 1, product / jnp.maximum(jnp.linalg.norm(product, axis=-2, keepdims=True), LEAST), now, value

    def moves(carry):
        i, _, value, last = carry
        return (i < 2) | ((i < 100) & (jnp.abs(value - last) > 1e-6 * value).any())

    start = start / jnp.linalg.norm(start, axis=-2, keepdims=True)
    none = jnp.zeros((*matrices.shape[:-2], 1, 1))
    return jax.lax.while_loop(moves, again, (0, start, none, none))[2]


def inverse_roots(matrices, p, ridge, last):
    """(A + ridge * lambda I)^(-1/p) by the coupled Newton iteration, until it is near enough to the root."""
    eye = jnp.eye(matrices.shape[-1])
    largest = jnp.maximum(largest_eigenvalues(matrices), LEAST)
    z = (1 + p) / (2 * largest)
    m = z * (matrices + ridge * largest * eye)
    h = jnp.broadcast_to(z ** (1 / p) * eye, m.shape)

    def error(m):
        return jnp.abs(m - eye).max((-2, -1), keepdims=True)

    def again(carry):
        i, m, h = carry
        t = (1 + 1 / p) * eye - m / p
        return i + 1, jnp.linalg.matrix_power(t, p) @ m, h @ t

    def is_far(carry):
        i, m, _ = carry
        return (i < 100) & (error(m) > 1e-6).any() & jnp.isfinite(m).all()

    _, m, h = jax.lax.while_loop(is_far, again, (0, m, h))
    return jnp.where(error(m) < 0.1, h, last)


def in_groups(change, values, keys):
    """Does the same to all values of one form, stacked."""
    groups = {}
    for i, key in enumerate(keys):
        groups.setdefault(key, []).append(i)
    changed = [None] * len(keys)
    for key, members in groups.items():
        stacked = [jnp.stack([column[i] for i in members]) for column in values]
        for i, result in zip(members, change(key, *stacked)):
            changed[i] = result
    return changed


def shampoo(rate, b1, b2, weight_decay, block_size, ridge=1e-6, eps=1e-8, every=20, start=101):
    """Grafted on RMSProp with normalised gradients, with Nesterov's momentum."""

    def init(params):
        leaves = jax.tree.leaves(params)
        sides = [n for p in leaves for block in cut(p, block_size) for n in block.shape]
        zeros = [jnp.zeros_like(p) for p in leaves]
        count = jnp.zeros([], jnp.int32)
        return ShampooState(count, [ridge * jnp.eye(n) for n in sides], [jnp.eye(n) for n in sides], zeros, zeros, zeros)

    def update(gradients, state, params):
        leaves, structure = jax.tree.flatten(gradients)
        blocks = [cut(g, block_size) for g in leaves]
        grams = [gram(b, axis) for of in blocks for b in of for axis in range(b.ndim)]
        statistics = [b2 * old + (1 - b2) * new for old, new in zip(state.statistics, grams)]
        keys = [(n, 2 * b.ndim) for of in blocks for b in of for n in b.shape]

        def computed(last):
            return in_groups(lambda key, a, old: inverse_roots(a, key[1], ridge, old), (statistics, last), keys)

        roots = jax.lax.cond(state.count % every == 0, computed, lambda last: last, state.roots)
        own = iter(roots)
        is_started = state.count >= start
        results = []
        for g, of, p, *kept in zip(leaves, blocks, jax.tree.leaves(params), *state[3:]):
            squares, momentum, grafted_momentum = kept
            scaled = g / (jnp.linalg.norm(g) + LEAST)
            squares = b2 * squares + (1 - b2) * scaled**2
            step = scaled / (jnp.sqrt(squares) + eps)
            turned = []
            for block in of:
                for axis in range(block.ndim):
                    block = along(block, next(own), axis)
                turned.append(block)
            direction = joined(turned, g.shape, block_size)
            direction = direction * (jnp.linalg.norm(step) / (jnp.linalg.norm(direction) + LEAST))
            direction, step = direction + weight_decay * p, step + weight_decay * p
            momentum = b1 * momentum + (1 - b1) * direction
            grafted_momentum = b1 * grafted_momentum + (1 - b1) * step
            m, u = (jnp.where(is_started, a, b) for a, b in ((momentum, grafted_momentum), (direction, step)))
            results.append((-rate * (b1 * m + (1 - b1) * u), squares, momentum, grafted_momentum))
        updates, *kept = map(list, zip(*results))
        return structure.unflatten(updates), ShampooState(state.count + 1, statistics, roots, *kept)

    return optax.GradientTransformation(init, update)


class SoapState(NamedTuple):
    count: jnp.ndarray
    mu: list
    nu: list
    statistics: list
    bases: list


def soap(rate, b1, b2, weight_decay, most, eps=1e-8, every=10):
    """The first moment is kept as the bases see it."""

    def axes_of(p):
        return [axis for axis, n in enumerate(p.shape) if p.ndim > 1 and 1 < n <= most]

    def turned(x, bases, back=False):
        for axis, basis in bases.items():
            x = along(x, basis.T if back else basis, axis)
        return x

    def init(params):
        leaves = jax.tree.leaves(params)
        zeros = [jnp.zeros_like(p) for p in leaves]
        matrices = [{axis: jnp.zeros((p.shape[axis],) * 2) for axis in axes_of(p)} for p in leaves]
        bases = [{axis: jnp.eye(p.shape[axis]) for axis in axes_of(p)} for p in leaves]
        return SoapState(jnp.zeros([], jnp.int32), zeros, zeros, matrices, bases)

    def next_bases(mu, nu, statistics, bases):
        products, orders = [], []
        for own, of in zip(statistics, bases):
            for axis, basis in of.items():
                product = own[axis] @ basis
                order = jnp.argsort(-(basis * product).sum(0), stable=True)
                products.append(product[:, order])
                orders.append(order)
        keys = [product.shape for product in products]
        made, order = (iter(each) for each in (in_groups(lambda _, a: jnp.linalg.qr(a)[0], (products,), keys), orders))
        following = [{axis: next(made) for axis in of} for of in bases]
        sorted_nu = []
        for v, of in zip(nu, bases):
            for axis in of:
                v = jnp.take(v, next(order), axis)
            sorted_nu.append(v)
        moved = [turned(turned(m, of, back=True), now) for m, of, now in zip(mu, bases, following)]
        return moved, sorted_nu, following

    def update(gradients, state, params):
        leaves, structure = jax.tree.flatten(gradients)
        count = state.count + 1
        seen = [turned(g, of) for g, of in zip(leaves, state.bases)]
        mu = [b1 * m + (1 - b1) * g for m, g in zip(state.mu, seen)]
        nu = [b2 * v + (1 - b2) * g * g for v, g in zip(state.nu, seen)]
        first, second = 1 - b1**count, 1 - b2**count
        steps = [(m / first) / (jnp.sqrt(v / second) + eps) for m, v in zip(mu, nu)]
        updates = [
            -rate * (turned(step, of, back=True) + weight_decay * p)
            for step, of, p in zip(steps, state.bases, jax.tree.leaves(params))
        ]
        statistics = [
            {axis: b2 * old + (1 - b2) * gram(g, axis) for axis, old in own.items()}
            for own, g in zip(state.statistics, leaves)
        ]
        kept = (mu, nu, state.bases)
        moved = lambda: next_bases(mu, nu, statistics, state.bases)
        mu, nu, bases = jax.lax.cond(count % every == 0, moved, lambda: kept)
        return structure.unflatten(updates), SoapState(count, mu, nu, statistics, bases)

    return optax.GradientTransformation(init, update)
