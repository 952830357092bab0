"""The language models' decoder in flax, for peer_jax.py: see workloads/language-model/decoder.ts."""
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np


class Attention(nn.Module):
    heads: int
    most: int

    @nn.compact
    def __call__(self, x):
        def project(name):
            return nn.DenseGeneral((self.heads, x.shape[-1] // self.heads), use_bias=False, name=name)(x)

        scale = self.param("attn_scale", lambda _: jnp.asarray(np.log2(self.most**2 - self.most), jnp.float32))
        query, key = (unit(rotary(project(name))) for name in ("query", "key"))
        scores = jnp.einsum("bqhd,bkhd->bhqk", query * scale, key)
        seen = np.tril(np.ones((x.shape[1], x.shape[1]), bool))
        weights = jax.nn.softmax(jnp.where(seen, scores, jnp.finfo(jnp.float32).min))
        mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, project("value")).reshape(x.shape)
        return nn.Dense(x.shape[-1], use_bias=False, name="attn_out_proj")(mixed)


def rotary(x):
    _, length, _, size = x.shape
    angles = np.arange(length)[:, None, None] * 500_000.0 ** (-np.arange(size // 2) * 2 / size)
    cos, sin = np.float32(np.cos(angles)), np.float32(np.sin(angles))
    a, b = x[..., 0::2], x[..., 1::2]
    return jnp.stack([a * cos - b * sin, b * cos + a * sin], -1).reshape(x.shape)


def unit(x):
    return x / (jnp.linalg.norm(x, axis=-1, keepdims=True) + 1e-6)


class Decoder(nn.Module):
    vocabulary: int
    most: int
    layers: int
    width: int
    heads: int
    hidden: int

    @nn.compact
    def __call__(self, tokens):
        embed = nn.Embed(self.vocabulary, self.width, embedding_init=nn.initializers.normal(0.02))
        x = embed(tokens)
        for _ in range(self.layers):
            x = x + Attention(self.heads, self.most)(nn.RMSNorm()(x))
            a, b = jnp.split(nn.Dense(2 * self.hidden, use_bias=False)(nn.RMSNorm()(x)), 2, -1)
            x = x + nn.Dense(self.width, use_bias=False)(a * jax.nn.sigmoid(b))
        return embed.attend(nn.RMSNorm()(x))


# The batches of both have sequences of 128 tokens.
SIZES = {
    "text_lm": dict(vocabulary=256, most=128, layers=4, width=128, heads=4, hidden=512),
    "finewebedu_lm": dict(vocabulary=50257, most=1024, layers=12, width=1024, heads=8, hidden=4096),
}


def decoder(name, length=128):
    def build(key):
        model = Decoder(**SIZES[name])
        params = jax.jit(model.init)(key, np.zeros((1, length), np.int32))["params"]

        def apply(params, state, inputs):
            return model.apply({"params": params}, inputs), state

        def make(rng, size):
            vocabulary = SIZES[name]["vocabulary"]
            return {field: rng.integers(0, vocabulary, (size, length), dtype=np.int32) for field in ("inputs", "targets")}

        return params, {}, apply, make

    return build
