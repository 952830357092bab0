"""The peer's optimizers by name, with the options that `npm run bench` gives its own."""
import jax
import jax.numpy as jnp
import optax

import peer_matrix

RATE = 1e-3
ADAM = {"b1": 0.93, "b2": 0.995, "weight_decay": 0.08}


def sgd(nesterov):
    return optax.chain(optax.add_decayed_weights(0.0005), optax.sgd(RATE, momentum=0.93, nesterov=nesterov))


def adafactor():
    """As AlgoPerf's: all kernels factored, by their last two axes."""
    return optax.chain(
        optax.scale_by_factored_rms(decay_rate=0.8, min_dim_size_to_factor=1),
        optax.clip_by_block_rms(1.0),
        optax.scale_by_learning_rate(RATE),
        optax.ema(0.93, debias=False),
        optax.add_decayed_weights(-RATE * 0.08),
    )


def cautious_nadamw():
    def agreeing(updates, gradients):
        mask = (updates * gradients > 0).astype(updates.dtype)
        return updates * mask / jnp.maximum(mask.mean(), 1e-3)

    adam = optax.scale_by_adam(0.93, 0.995, nesterov=True)

    def update(gradients, state, params=None):
        updates, state = adam.update(gradients, state, params)
        return jax.tree.map(agreeing, updates, gradients), state

    direction = optax.GradientTransformation(adam.init, update)
    return optax.chain(direction, optax.add_decayed_weights(0.08), optax.scale_by_learning_rate(RATE))


OPTIMIZERS = {
    "adamw": lambda: optax.adamw(RATE, **ADAM),
    "nadamw": lambda: optax.nadamw(RATE, **ADAM),
    "momentum": lambda: sgd(False),
    "nesterov": lambda: sgd(True),
    "lamb": lambda: optax.lamb(RATE, **ADAM),
    "adafactor": adafactor,
    "lion": lambda: optax.lion(RATE, **ADAM),
    "ademamix": lambda: optax.contrib.ademamix(RATE, b3=0.9995, alpha=8, **ADAM),
    "cautious_nadamw": cautious_nadamw,
    "schedule_free_adamw": lambda: optax.contrib.schedule_free_adamw(RATE, **ADAM),
    "muon": lambda: optax.contrib.muon(RATE, nesterov=False, adam_b1=0.93, adam_b2=0.995, adam_weight_decay=0.08),
    "sam": lambda: optax.contrib.sam(
        optax.adamw(RATE, **ADAM), optax.chain(optax.contrib.normalize(), optax.sgd(0.05)), opaque_mode=True
    ),
    "shampoo": lambda: peer_matrix.shampoo(RATE, block_size=128, **ADAM),
    "soap": lambda: peer_matrix.soap(RATE, most=256, **ADAM),
}
