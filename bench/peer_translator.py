"""The translation workloads' transformer in flax, for peer_jax.py: see workloads/wmt/model.ts."""
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax


def attention(heads):
    return nn.MultiHeadDotProductAttention(heads, use_bias=False, kernel_init=nn.initializers.xavier_uniform())


def mlp(x, hidden):
    dense = lambda features: nn.Dense(features, kernel_init=nn.initializers.xavier_uniform())
    return dense(x.shape[-1])(nn.relu(dense(hidden)(x)))


class EncoderBlock(nn.Module):
    heads: int
    hidden: int

    @nn.compact
    def __call__(self, x, mask):
        y = nn.LayerNorm()(x)
        x = x + attention(self.heads)(y, y, mask=mask)
        return x + mlp(nn.LayerNorm()(x), self.hidden)


class DecoderBlock(nn.Module):
    heads: int
    hidden: int

    @nn.compact
    def __call__(self, x, encoded, mask, source_mask):
        y = nn.LayerNorm()(x)
        x = x + attention(self.heads)(y, y, mask=mask)
        x = x + attention(self.heads)(nn.LayerNorm()(x), encoded, mask=source_mask)
        return x + mlp(nn.LayerNorm()(x), self.hidden)


def positions(length, width):
    angles = np.arange(length)[:, None] * np.exp(np.arange(width // 2) * -np.log(10_000) / (width // 2 - 1))
    return np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)


class Transformer(nn.Module):
    vocabulary: int
    layers: int
    width: int
    heads: int
    hidden: int

    @nn.compact
    def __call__(self, inputs, targets):
        embed = nn.Embed(self.vocabulary, self.width, embedding_init=nn.initializers.normal(1.0))
        mask = nn.make_attention_mask(inputs > 0, inputs > 0)
        x = embed(inputs) + positions(inputs.shape[1], self.width)
        for _ in range(self.layers):
            x = EncoderBlock(self.heads, self.hidden)(x, mask)
        encoded = nn.LayerNorm()(x)
        target_mask = nn.combine_masks(nn.make_attention_mask(targets > 0, targets > 0), nn.make_causal_mask(targets))
        source_mask = nn.make_attention_mask(targets > 0, inputs > 0)
        y = embed(jnp.pad(targets, ((0, 0), (1, 0)))[:, :-1]) + positions(targets.shape[1], self.width)
        for _ in range(self.layers):
            y = DecoderBlock(self.heads, self.hidden)(y, encoded, target_mask, source_mask)
        return embed.attend(nn.LayerNorm()(y)) / np.float32(np.sqrt(self.width))


# The batches of both have rows of 64 tokens.
SIZES = {
    "wmt": dict(vocabulary=32000, layers=6, width=1024, heads=16, hidden=1024),
    "wmt_small": dict(vocabulary=4000, layers=2, width=128, heads=4, hidden=256),
}


def translator(name, length=64):
    def build(key):
        model = Transformer(**SIZES[name])
        rows = np.ones((1, length), np.int32)
        params = jax.jit(model.init)(key, rows, rows)["params"]

        def loss_fn(params, state, batch):
            logits = model.apply({"params": params}, batch["inputs"], batch["targets"])
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, batch["targets"])
            return (losses * batch["weights"]).sum() / batch["weights"].sum(), state

        def make(rng, size):
            def tokens():
                return rng.integers(1, SIZES[name]["vocabulary"], (size, length), dtype=np.int32)

            return {"inputs": tokens(), "targets": tokens(), "weights": np.ones((size, length), np.float32)}

        return params, {}, loss_fn, make

    return build
