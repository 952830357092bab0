"""The peer: one jitted training step of a workload in JAX with optax's AdamW, in float32, for `npm run bench -- --peer <python>`.

  python3 -m venv .venv-peer && .venv-peer/bin/pip install jax==0.10.2 optax==0.2.8 flax==0.12.8
  npm run bench -- --peer .venv-peer/bin/python

Speaks the protocol of `worker.ts`: a line when it is ready, one when the first step is done, then one for each line
`steps <count>` on stdin, with the seconds that they took; a new batch from host memory each step, the loss read at the end.
"""
import json
import resource
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax


def mnist(key):
    """784-128(sigmoid)-10."""
    first, second = jax.random.split(key)
    init = jax.nn.initializers.lecun_normal()
    params = {
        "layer0": {"kernel": init(first, (784, 128)), "bias": jnp.zeros(128)},
        "layer1": {"kernel": init(second, (128, 10)), "bias": jnp.zeros(10)},
    }

    def apply(params, state, inputs):
        hidden = jax.nn.sigmoid(inputs @ params["layer0"]["kernel"] + params["layer0"]["bias"])
        return hidden @ params["layer1"]["kernel"] + params["layer1"]["bias"], state

    return params, {}, apply, (784,)


def cifar(key):
    """ResNet-18 with a 3x3 stem and no max-pooling."""
    import flax.linen as nn

    class Block(nn.Module):
        filters: int
        stride: int

        @nn.compact
        def __call__(self, x):
            def norm(**options):
                return nn.BatchNorm(use_running_average=False, momentum=0.9, epsilon=1e-5, **options)

            y = nn.Conv(self.filters, (3, 3), (self.stride, self.stride), use_bias=False)(x)
            y = nn.Conv(self.filters, (3, 3), use_bias=False)(nn.relu(norm()(y)))
            y = norm(scale_init=nn.initializers.zeros)(y)
            if x.shape != y.shape:
                x = norm()(nn.Conv(self.filters, (1, 1), (self.stride, self.stride), use_bias=False)(x))
            return nn.relu(x + y)

    class ResNet18(nn.Module):
        @nn.compact
        def __call__(self, x):
            x = nn.Conv(64, (3, 3), use_bias=False)(x)
            x = nn.relu(nn.BatchNorm(use_running_average=False, momentum=0.9, epsilon=1e-5)(x))
            for stage in range(4):
                for block in range(2):
                    x = Block(64 * 2**stage, 2 if stage > 0 and block == 0 else 1)(x)
            return nn.Dense(10, kernel_init=nn.initializers.normal(0.01))(x.mean(axis=(1, 2)))

    model = ResNet18()
    variables = model.init(key, jnp.zeros((1, 32, 32, 3)))

    def apply(params, state, inputs):
        logits, updated = model.apply({"params": params, "batch_stats": state}, inputs, mutable=["batch_stats"])
        return logits, updated["batch_stats"]

    return variables["params"], variables["batch_stats"], apply, (32, 32, 3)


def say(**message):
    print(json.dumps(message), flush=True)


def main():
    workload, batch = sys.argv[1], int(sys.argv[2])
    params, state, apply, shape = {"mnist": mnist, "cifar": cifar}[workload](jax.random.PRNGKey(0))
    optimizer = optax.adamw(1e-3, b1=0.93, b2=0.995, weight_decay=0.08)
    optimizer_state = optimizer.init(params)

    @jax.jit
    def step(params, state, optimizer_state, inputs, targets):
        def loss_fn(params):
            logits, new_state = apply(params, state, inputs)
            return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean(), new_state

        (loss, new_state), gradients = jax.value_and_grad(loss_fn, has_aux=True)(params)
        updates, optimizer_state = optimizer.update(gradients, optimizer_state, params)
        return optax.apply_updates(params, updates), new_state, optimizer_state, loss

    rng = np.random.default_rng(0)
    batches = [
        (rng.standard_normal((batch, *shape), dtype=np.float32), rng.integers(0, 10, batch, dtype=np.int32))
        for _ in range(4)
    ]
    say(ready=f"jax {jax.__version__}")
    carry = step(params, state, optimizer_state, *batches[0])
    float(carry[3])
    say(first=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        began = time.perf_counter()
        for i in range(count):
            carry = step(*carry[:3], *batches[i % 4])
        float(carry[3])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        say(seconds=time.perf_counter() - began, peakBytes=peak)


main()
