"""The peer: one jitted training step of a workload or probe in JAX with an optimizer of optax's, in float32, for `npm run bench -- --peer <python>`.

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

from peer_optimizers import OPTIMIZERS


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

    return params, {}, classifier(apply), examples((784,))


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

    return variables["params"], variables["batch_stats"], classifier(apply), examples((32, 32, 3))


def classifier(apply):
    """The mean cross-entropy of a model's logits."""

    def loss_fn(params, state, batch):
        logits, new_state = apply(params, state, batch["inputs"])
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch["targets"]).mean(), new_state

    return loss_fn


def examples(shape):
    """Makes batches of noise with class numbers."""

    def make(rng, size):
        return {
            "inputs": rng.standard_normal((size, *shape), dtype=np.float32),
            "targets": rng.integers(0, 10, size, dtype=np.int32),
        }

    return make


def transformer(key):
    """Four pre-norm layers of width 512 with tied embeddings, over sequences of 128: see probes/transformer.ts."""
    layers, width, heads, inner, tokens, length = 4, 512, 8, 2048, 1000, 128
    keys = iter(jax.random.split(key, 1 + 6 * layers))

    def normal(*shape, deviation=0.04):
        return deviation * jax.random.normal(next(keys), shape)

    def layer():
        return {
            **{name: normal(width, width) for name in ("query", "key", "value", "out")},
            "up": normal(width, inner),
            "down": normal(inner, width, deviation=0.02),
            **{f"scale{i}": jnp.ones(width) for i in range(2)},
            **{f"bias{i}": jnp.zeros(width) for i in range(2)},
        }

    params = {"embedding": normal(tokens, width, deviation=0.02), "layers": [layer() for _ in range(layers)]}

    def norm(x, scale, bias):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-6) * scale + bias

    def attention(x, p):
        def heads_of(weights):
            return (x @ weights).reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

        scores = heads_of(p["query"]) @ heads_of(p["key"]).transpose(0, 1, 3, 2) / np.float32(np.sqrt(width / heads))
        mixed = jax.nn.softmax(scores) @ heads_of(p["value"])
        return mixed.transpose(0, 2, 1, 3).reshape(x.shape) @ p["out"]

    def apply(params, state, inputs):
        x = params["embedding"][inputs]
        for p in params["layers"]:
            x = x + attention(norm(x, p["scale0"], p["bias0"]), p)
            x = x + jax.nn.relu(norm(x, p["scale1"], p["bias1"]) @ p["up"]) @ p["down"]
        return x @ params["embedding"].T, state

    def make(rng, size):
        return {name: rng.integers(0, tokens, (size, length), dtype=np.int32) for name in ("inputs", "targets")}

    return params, {}, classifier(apply), make


def lstm(length):
    """One layer of LSTM, 512 to 256, as a scan: see probes/lstm.ts."""
    inputs, hidden, outputs = 512, 256, 64

    def build(key):
        first, second = jax.random.split(key)
        params = {
            "kernel": 0.04 * jax.random.normal(first, (inputs + hidden, 4 * hidden)),
            "bias": jnp.zeros(4 * hidden),
            "out": 0.05 * jax.random.normal(second, (hidden, outputs)),
        }

        def loss_fn(params, state, batch):
            def step(carry, x):
                h, c = carry
                gates = jnp.concatenate([x, h], 1) @ params["kernel"] + params["bias"]
                i, j, f, o = jnp.split(gates, 4, 1)
                c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(j)
                h = jax.nn.sigmoid(o) * jnp.tanh(c)
                return (h, c), jnp.sum((h @ params["out"]) ** 2)

            start = jnp.zeros((batch["inputs"].shape[0], hidden))
            return jax.lax.scan(step, (start, start), jnp.swapaxes(batch["inputs"], 0, 1))[1].sum(), state

        def make(rng, size):
            return {"inputs": rng.standard_normal((size, length, inputs), dtype=np.float32)}

        return params, {}, loss_fn, make

    return build


def recurrence(length, parts, biases, cell):
    """One layer of a recurrence, 512 to 256, as a scan: see probes/recurrent.ts."""
    inputs, hidden, outputs = 512, 256, 64

    def build(key):
        first, second, third = jax.random.split(key, 3)
        params = {
            "kernel": 0.04 * jax.random.normal(first, (inputs, parts * hidden)),
            "recurrentKernel": 0.04 * jax.random.normal(second, (hidden, parts * hidden)),
            "out": 0.05 * jax.random.normal(third, (hidden, outputs)),
            **{name: jnp.zeros(width * hidden) for name, width in biases.items()},
        }

        def loss_fn(params, state, batch):
            def step(h, x):
                h = cell(params, x @ params["kernel"] + params["bias"], h)
                return h, jnp.sum((h @ params["out"]) ** 2)

            start = jnp.zeros((batch["inputs"].shape[0], hidden))
            return jax.lax.scan(step, start, jnp.swapaxes(batch["inputs"], 0, 1))[1].sum(), state

        def make(rng, size):
            return {"inputs": rng.standard_normal((size, length, inputs), dtype=np.float32)}

        return params, {}, loss_fn, make

    return build


def gru_cell(params, x, h):
    """flax's GRUCell."""
    xr, xz, xn = jnp.split(x, 3, 1)
    hr, hz, hn = jnp.split(h @ params["recurrentKernel"], 3, 1)
    z = jax.nn.sigmoid(xz + hz)
    n = jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * (hn + params["recurrentBias"]))
    return (1 - z) * n + z * h


def simple_cell(params, x, h):
    return jnp.tanh(x + h @ params["recurrentKernel"])


def language_model(name):
    def build(key):
        import peer_decoder

        params, state, apply, make = peer_decoder.decoder(name)(key)
        return params, state, classifier(apply), make

    return build


def translator(name):
    def build(key):
        import peer_translator

        return peer_translator.translator(name)(key)

    return build


def ogbg(key):
    import peer_graphs

    return peer_graphs.ogbg(key)


MODELS = {
    "cifar": cifar,
    "finewebedu_lm": language_model("finewebedu_lm"),
    "lstm-60": lstm(60),
    "lstm-300": lstm(300),
    "gru-300": recurrence(300, 3, {"bias": 3, "recurrentBias": 1}, gru_cell),
    "rnn-300": recurrence(300, 1, {"bias": 1}, simple_cell),
    "mnist": mnist,
    "ogbg": ogbg,
    "text_lm": language_model("text_lm"),
    "transformer": transformer,
    "wmt": translator("wmt"),
    "wmt_small": translator("wmt_small"),
}


def say(**message):
    print(json.dumps(message), flush=True)


def main():
    workload, batch = sys.argv[1], int(sys.argv[2])
    params, state, loss_fn, make_batch = MODELS[workload](jax.random.PRNGKey(0))
    optimizer = optax.with_extra_args_support(OPTIMIZERS[sys.argv[3]]())
    optimizer_state = optimizer.init(params)

    @jax.jit
    def step(params, state, optimizer_state, batch):
        value_and_grad = jax.value_and_grad(loss_fn, has_aux=True)
        (loss, new_state), gradients = value_and_grad(params, state, batch)
        grad_fn = lambda other, _: value_and_grad(other, state, batch)[1]
        updates, optimizer_state = optimizer.update(gradients, optimizer_state, params, grad_fn=grad_fn)
        return optax.apply_updates(params, updates), new_state, optimizer_state, loss

    rng = np.random.default_rng(0)
    batches = [make_batch(rng, batch) for _ in range(4)]
    say(ready=f"jax {jax.__version__}")
    carry = step(params, state, optimizer_state, batches[0])
    float(carry[3])
    say(first=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        began = time.perf_counter()
        for i in range(count):
            carry = step(*carry[:3], batches[i % 4])
        float(carry[3])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        say(seconds=time.perf_counter() - began, peakBytes=peak)


main()
