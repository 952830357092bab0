"""Outputs of operations and their gradients by JAX in float64, each of a loss `sum(op(x, ...) * t)` with a fixed `t`.

Run: pip install "jax==0.10.2" "flax==0.12.8" "optax==0.2.8" && JAX_ENABLE_X64=1 python test/golden/gradients.py
Writes test/golden/gradients.json. Inputs are multiples of 1/64, so that float32 holds them exactly; a part of them is zero, as
after a relu, so that max-pooling meets windows of one value. They are not written down: the test makes the same ones by `values`.
"""
import json
import pathlib

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jax import lax

jax.config.update("jax_enable_x64", True)


def values(shape, seed):
    """A linear congruential generator of 32 bits; its high bits as multiples of 1/64 in (-1, 1), every seventh one 0."""
    state, out = seed * 2654435761 % 2**32, []
    for i in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(0.0 if i % 7 == 3 else (state >> 25) / 64 - 1)
    return np.array(out, np.float64).reshape(shape)


def conv(x, kernel, stride, pad, groups=1):
    strides = np.broadcast_to(stride, 2)
    return lax.conv_general_dilated(x, kernel, strides, pad, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)


def depthwise(x, kernel, stride, pad):
    height, width, channels, multiplier = kernel.shape
    return conv(x, kernel.reshape(height, width, 1, channels * multiplier), stride, pad, channels)


def window(x, reduce, start, size, stride, pad):
    along = lambda given: (1, *np.broadcast_to(given, x.ndim - 2), 1)
    return lax.reduce_window(x, start, reduce, along(size), along(stride), pad)


def max_pool(x, size, stride, pad):
    return window(x, lax.max, -jnp.inf, size, stride, pad)


def mean_pool(x, size, stride, pad):
    return window(x, lax.add, 0.0, size, stride, pad) / window(jnp.ones_like(x), lax.add, 0.0, size, stride, pad)


def cross_entropy(logits, labels, weights, smoothing):
    hard = labels if labels.ndim == logits.ndim else jax.nn.one_hot(labels, logits.shape[-1])
    return optax.softmax_cross_entropy(logits, optax.smooth_labels(hard, smoothing)) * weights


def case(op, shapes, function, **options):
    """The output, and the loss's gradients with respect to all inputs."""
    inputs = [values(shape, i + 1) for i, shape in enumerate(shapes)]
    output, pull_back = jax.vjp(function, *inputs)
    gradients = pull_back(jnp.asarray(values(output.shape, 99)))
    output, *gradients = [[float(f"{v:.8g}") for v in np.ravel(given)] for given in (output, *gradients)]
    return {"op": op, "shapes": shapes, "options": options, "output": output, "gradients": gradients}


def convolutions():
    for size in range(1, 8):
        for stride in (1, 2):
            for pad in ("SAME", "VALID"):
                # Half of the cases will do for even sizes.
                if size % 2 == 0 and (stride == 1) == (pad == "VALID"):
                    continue
                shapes = [[2, 5, 6, 2] if size < 6 else [2, 7, 8, 2], [size, size, 2, 3]]
                yield case("conv2d", shapes, lambda x, k: conv(x, k, stride, pad), stride=stride, pad=pad.lower())
    explicit = ((2, 1), (0, 3))
    yield case("conv2d", [[1, 5, 6, 2], [2, 3, 2, 3]], lambda x, k: conv(x, k, 2, explicit), stride=2, pad=explicit)
    yield case("conv2d", [[2, 6, 6, 1], [3, 3, 1, 4]], lambda x, k: conv(x, k, 1, "SAME"), stride=1, pad="same")
    for size, stride, pad in ((1, 1, "SAME"), (2, 1, "VALID"), (3, 2, "SAME"), (5, 1, "SAME"), (7, 3, "VALID")):
        shapes = [[2, 9, 3], [size, 3, 4]]
        function = lambda x, k: conv(x[:, None], k[None], (1, stride), pad)[:, 0]
        yield case("conv1d", shapes, function, stride=stride, pad=pad.lower())
    for size, stride, multiplier in ((3, 1, 1), (3, 2, 1), (3, 1, 2), (5, 2, 2), (1, 1, 3)):
        for pad in ("SAME", "VALID"):
            shapes = [[2, 5, 6, 2], [size, size, 2, multiplier]]
            yield case("depthwiseConv2d", shapes, lambda x, k: depthwise(x, k, stride, pad), stride=stride, pad=pad.lower())
    for size, stride, pad, large in ((3, 1, "SAME", 4), (3, 2, "SAME", 8), (3, 2, "SAME", 7), (2, 2, "VALID", 8), (4, 3, "VALID", 13)):
        # The transpose of a convolution of [large, large] to [4, 4].
        shape = (2, large, large, 3)
        function = lambda x, k: jax.linear_transpose(lambda y: conv(y, k, stride, pad), jnp.zeros(shape))(x)[0]
        shapes = [[2, 4, 4, 2], [size, size, 3, 2]]
        yield case("conv2dTranspose", shapes, function, outputShape=shape, stride=stride, pad=pad.lower())


def strides_wider_than_windows():
    """With `same`, where no window reaches the input's end along some dimension."""
    for batch, height, width, stride, pad in ((1, 1, 3, 2, "SAME"), (2, 3, 1, (2, 3), "SAME"), (1, 2, 2, 3, "SAME"),
                                              (1, 1, 1, (2, 1), "SAME"), (1, 1, 1, 2, "VALID"), (2, 1, 1, 3, ((1, 0), (2, 1)))):
        shapes = [[batch, 6, 9, 2], [height, width, 2, 3]]
        given = pad if isinstance(pad, tuple) else pad.lower()
        yield case("conv2d", shapes, lambda x, k: conv(x, k, stride, pad), stride=stride, pad=given)
    for size, stride, length in ((2, 3, 9), (1, 3, 6)):
        function = lambda x, k: conv(x[:, None], k[None], (1, stride), "SAME")[:, 0]
        yield case("conv1d", [[2, length, 3], [size, 3, 4]], function, stride=stride, pad="same")
    for size, stride in ((2, 3), (1, 2)):
        yield case("depthwiseConv2d", [[2, 6, 9, 2], [size, size, 2, 2]], lambda x, k: depthwise(x, k, stride, "SAME"), stride=stride, pad="same")
        shape = (1, 4 * stride, 4 * stride, 3)
        function = lambda x, k: jax.linear_transpose(lambda y: conv(y, k, stride, "SAME"), jnp.zeros(shape))(x)[0]
        yield case("conv2dTranspose", [[1, 4, 4, 2], [size, size, 3, 2]], function, outputShape=shape, stride=stride, pad="same")
    for op, function in (("maxPool", max_pool), ("avgPool", mean_pool)):
        yield case(op, [[2, 6, 9, 2]], lambda x: function(x, 2, 3, "SAME"), size=2, stride=3, pad="same")


def volumes():
    numbers = ("NDHWC", "DHWIO", "NDHWC")
    for shape, kernel, stride, pad in (([2, 4, 5, 3, 2], [2, 2, 2, 2, 3], 1, "SAME"), ([1, 3, 4, 7, 1], [2, 3, 2, 1, 2], [1, 1, 3], "VALID"),
                                       ([1, 3, 4, 8, 1], [2, 3, 2, 1, 2], [1, 1, 2], "SAME"), ([1, 3, 3, 9, 2], [1, 1, 2, 2, 2], [1, 1, 3], "SAME"),
                                       ([1, 9, 2, 6, 1], [2, 1, 1, 1, 2], 3, "SAME"), ([2, 4, 5, 4, 1], [2, 2, 3, 1, 1], 2, "VALID")):
        function = lambda x, k: lax.conv_general_dilated(x, k, np.broadcast_to(stride, 3), pad, dimension_numbers=numbers)
        yield case("conv3d", [shape, kernel], function, stride=stride, pad=pad.lower())
    for op, function in (("maxPool3d", max_pool), ("avgPool3d", mean_pool)):
        for shape, size, stride, pad in (([2, 3, 4, 5, 2], [2, 2, 3], 1, "SAME"), ([1, 3, 4, 5, 2], [1, 3, 2], [2, 1, 2], "VALID"),
                                         ([2, 3, 4, 9, 1], [1, 2, 2], [1, 2, 3], "SAME"), ([1, 4, 4, 4, 3], 2, 2, "SAME")):
            yield case(op, [shape], lambda x: function(x, size, stride, pad), size=size, stride=stride, pad=pad.lower())


def pools():
    for op, function in (("maxPool", max_pool), ("avgPool", mean_pool)):
        for size, stride in ((2, 2), (3, 2), (3, 1), (2, 3)):
            for pad in ("SAME", "VALID"):
                yield case(op, [[2, 5, 6, 2]], lambda x: function(x, size, stride, pad), size=size, stride=stride, pad=pad.lower())


def windows_longer_than_inputs():
    for shape, size, stride in (([2, 1, 4, 2], [1, 5], 1), ([1, 4, 4, 2], 5, 1), ([1, 3, 4, 1], 5, 3), ([2, 2, 5, 1], 6, 2)):
        yield case("avgPool", [shape], lambda x: mean_pool(x, size, stride, "SAME"), size=size, stride=stride, pad="same")
    yield case("avgPool3d", [[1, 3, 2, 4, 2]], lambda x: mean_pool(x, 5, 1, "SAME"), size=5, stride=1, pad="same")


def gradients_of_gradients():
    """The output is the gradient of a sum of squares."""
    functions = {
        "exp": jnp.exp, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus, "square": jnp.square, "sin": jnp.sin,
        "softmax": jax.nn.softmax, "logSoftmax": jax.nn.log_softmax, "logSumExp": lambda x: jax.nn.logsumexp(x, -1),
        "relu": jax.nn.relu, "erf": jax.scipy.special.erf,
    }
    for name, function in functions.items():
        yield case("gradient", [[3, 7]], jax.grad(lambda x: jnp.square(function(x)).sum()), name=name)


def products():
    yield case("dense", [[5, 7], [7, 4], [4]], lambda x, kernel, bias: x @ kernel + bias)
    swap = lambda x, flag: jnp.swapaxes(x, -1, -2) if flag else x
    for left, right, transpose_a, transpose_b in (
        ([3, 4, 5], [3, 5, 6], False, False), ([3, 5, 4], [3, 5, 6], True, False),
        ([2, 2, 4, 5], [2, 2, 6, 5], False, True), ([3, 5, 4], [3, 6, 5], True, True), ([17, 33], [33, 9], False, False),
        ([2, 4, 5], [1, 5, 6], False, False), ([5, 4], [3, 5, 6], True, False), ([2, 1, 4, 5], [3, 6, 5], False, True),
    ):
        function = lambda a, b: swap(a, transpose_a) @ swap(b, transpose_b)
        yield case("matMul", [left, right], function, transposeA=transpose_a, transposeB=transpose_b)
    for keep in (None, [[0, 0, 0, -1e9, 0, -1e9]] * 4 + [[-1e9] * 5 + [0]]):
        def attention(q, k, v):
            scores = q @ swap(k, True) / np.sqrt(8)
            return jax.nn.softmax(scores if keep is None else scores + jnp.array(keep)) @ v
        yield case("attention", [[2, 2, 5, 8], [2, 2, 6, 8], [2, 2, 6, 3]], attention, mask=keep)
    yield case("stft", [[2, 20]], stft, frame=8, hop=4)


def stft(x):
    """Magnitudes of the spectra of frames of 8 under a Hann window, 4 apart."""
    frames = x[:, np.arange(0, 13, 4)[:, None] + np.arange(8)]
    spectra = jnp.fft.rfft(frames * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)))
    return jnp.sqrt(spectra.real**2 + spectra.imag**2 + 1e-3)


def rows():
    """Taking rows, adding them up, and moving values about."""
    for shape, indices, axis in (([6, 4], [1, 3, 3, 0, 5], 0), ([6], [2, 2, 0], 0), ([4, 2, 3], [3, 3, 3], 0), ([2, 4, 3], [[3, 0], [3, 3]], 1)):
        yield case("gather", [shape], lambda x: jnp.take(x, jnp.array(indices), axis), indices=indices, axis=axis)
    # For each example rows of its own: of each of three tables in the second.
    for shape, indices, axis in (([2, 3, 4], [[1, 0], [1, 1]], 1), ([2, 3, 4, 2], [[3, 0, 3], [2, 2, 1]], 2)):
        function = lambda x: jax.vmap(lambda each, rows: jnp.take(each, rows, axis - 1))(x, jnp.array(indices))
        yield case("gather", [shape], function, indices=indices, axis=axis, batchDims=1)
    for shape, ids in (([5, 3], [2, 0, 2, 3, 0]), ([4], [1, 1, 1, 1]), ([3, 2, 2], [0, 4, 0]), ([4, 2], [1, -1, 1, -1])):
        # A negative number: the row counts nowhere.
        yield case("unsortedSegmentSum", [shape], lambda x: jax.ops.segment_sum(x, jnp.array(ids), 5), ids=ids, segments=5)
    for pads in ([[1, 0], [0, 2]], [[0, 0], [3, 1]]):
        yield case("pad", [[3, 4]], lambda x: jnp.pad(x, pads, constant_values=2), pads=pads, value=2)
    for mode in ("reflect", "symmetric"):
        yield case("mirrorPad", [[3, 2, 4]], lambda x: jnp.pad(x, [[1, 2], [0, 0], [0, 3]], mode), pads=[[1, 2], [0, 0], [0, 3]], mode=mode)
    for begin, size in (([1, 0, 2], [2, 3, 1]), ([0, 2, 0], [3, 1, 4])):
        yield case("slice", [[3, 3, 4]], lambda x: lax.dynamic_slice(x, begin, size), begin=begin, size=size)
    for axis in (0, 1, 2):
        others = [[[2, 3, 4], [2, 3, 4]], [[2, 3, 4], [2, 1, 4], [2, 2, 4]], [[2, 3, 4], [2, 3, 1]]][axis]
        yield case("concat", others, lambda *given: jnp.concatenate(given, axis), axis=axis)
    yield case("stack", [[3, 2], [3, 2]], lambda *given: jnp.stack(given, 1), axis=1)
    yield case("unstack", [[3, 4]], lambda x: x[:, 2] * x[:, 0], axis=1)
    yield case("tile", [[3, 2]], lambda x: jnp.tile(x, [2, 3]), times=[2, 3])
    yield case("transpose", [[2, 3, 4]], lambda x: jnp.transpose(x, [2, 0, 1]), permutation=[2, 0, 1])
    yield case("reverse", [[3, 4]], lambda x: jnp.flip(x, 1), axis=1)
    for axis, exclusive, reverse in ((0, False, False), (1, False, True), (2, True, False), (1, True, True)):
        turn = lambda x: jnp.flip(x, axis) if reverse else x
        function = lambda x: turn(jnp.cumsum(turn(x), axis) - (turn(x) if exclusive else 0))
        yield case("cumsum", [[3, 4, 2]], function, axis=axis, exclusive=exclusive, reverse=reverse)


def resizes():
    for size in ([7, 10], [3, 2]):
        for method, op in (("linear", "resizeBilinear"), ("nearest", "resizeNearestNeighbor")):
            half = lambda x: jax.image.resize(x, (2, *size, 2), method, antialias=False)
            yield case(op, [[2, 4, 5, 2]], half, size=size, alignCorners=False, halfPixelCenters=True)
            for align in (False, True):
                function = lambda x: resample(resample(x, 1, size[0], method, align), 2, size[1], method, align)
                yield case(op, [[2, 4, 5, 2]], function, size=size, alignCorners=align, halfPixelCenters=False)


def resample(x, axis, size, method, align):
    """TensorFlow's older rules: output pixel i lies at i * n / size, or, with corners aligned, at i * (n - 1) / (size - 1)."""
    length = x.shape[axis]
    place = np.arange(size) * ((length - 1) / (size - 1) if align else length / size)
    if method == "nearest":
        return jnp.take(x, (np.floor(place + 0.5) if align else np.floor(place)).astype(int), axis)
    left, share = np.floor(place).astype(int), np.expand_dims(place % 1, tuple(range(1, x.ndim - axis)))
    return (1 - share) * jnp.take(x, left, axis) + share * jnp.take(x, np.minimum(left + 1, length - 1), axis)


def activations():
    """Of `3 x + shift`; a shift keeps off the points without a derivative where the peers take different ones."""
    functions = {
        "relu": jax.nn.relu, "relu6": jax.nn.relu6, "elu": jax.nn.elu, "selu": jax.nn.selu, "sigmoid": jax.nn.sigmoid,
        "leakyRelu": lambda x: jax.nn.leaky_relu(x, 0.2), "softplus": jax.nn.softplus, "tanh": jnp.tanh,
        "exp": jnp.exp, "erf": jax.scipy.special.erf, "abs": jnp.abs, "square": jnp.square, "sin": jnp.sin, "cos": jnp.cos,
        "log": jnp.log, "log1p": jnp.log1p, "sqrt": jnp.sqrt, "rsqrt": lax.rsqrt, "reciprocal": jnp.reciprocal,
    }
    for name, function in functions.items():
        shift = 4 if name in ("log", "log1p", "sqrt", "rsqrt", "reciprocal") else 0 if name == "relu" else 0.0078125
        yield case("elementwise", [[3, 7]], lambda x: function(3 * x + shift), name=name, shift=shift)
    for approximate in (False, True):
        yield case("gelu", [[3, 7]], lambda x: jax.nn.gelu(3 * x, approximate), approximate=approximate)
    for name, function in {"softmax": jax.nn.softmax, "logSoftmax": jax.nn.log_softmax}.items():
        for scale in (1, 100):
            yield case(name, [[3, 2, 5]], lambda x: function(scale * x), scale=scale)


def reductions():
    functions = {"sum": jnp.sum, "mean": jnp.mean, "max": jnp.max, "min": jnp.min, "logSumExp": jax.nn.logsumexp}
    pairs = {"add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "pow": jnp.power}
    pairs |= {"squaredDifference": lambda a, b: (a - b) ** 2, "maximum": jnp.maximum, "minimum": jnp.minimum}
    for name, function in functions.items():
        for axis in ([0], [1], [0, 2], [1, 2]):
            yield case("reduce", [[3, 4, 2]], lambda x: function(x, tuple(axis)), name=name, axis=axis)
    for left, right in (([3, 4], [4]), ([2, 1, 3], [2, 1])):
        for name, function in pairs.items():
            # Positive for the powers, and never equal.
            yield case("arithmetic", [left, right], lambda a, b: function(a + 1.2578125, b + 1.25), name=name)
    function = lambda a, b: jnp.where((a > b) & ~(b <= -0.5), a * b, a - b)
    yield case("where", [[3, 4], [3, 4]], function)
    yield case("clipByValue", [[3, 7]], lambda x: jnp.clip(x, -0.51, 0.49), low=-0.51, high=0.49)


def norms():
    statistics = lambda x: (jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2)))
    batch = nn.BatchNorm(use_running_average=False, epsilon=1e-5, dtype=jnp.float64)
    running = {"mean": jnp.zeros(3), "var": jnp.ones(3)}
    function = lambda x, scale, bias: batch.apply({"params": {"scale": scale, "bias": bias}, "batch_stats": running}, x, mutable=["batch_stats"])[0]
    for op in ("batchNorm", "batchNormOfMoments"):
        yield case(op, [[4, 3, 2, 3], [3], [3]], function)
    layer = nn.LayerNorm(epsilon=1e-6, dtype=jnp.float64)
    yield case("layerNorm", [[3, 2, 6], [6], [6]], lambda x, scale, bias: layer.apply({"params": {"scale": scale, "bias": bias}}, x))


def cells():
    """Kernels side by side, in the order of the gates' names; a step's new state is given as one row."""
    def lstm(x, h, c, input_kernel, kernel, bias):
        split = lambda given: jnp.split(given, 4, -1)
        params = {f"i{gate}": {"kernel": each} for gate, each in zip("ifgo", split(input_kernel))}
        params |= {f"h{gate}": {"kernel": each, "bias": b} for gate, each, b in zip("ifgo", split(kernel), split(bias))}
        (next_c, next_h), _ = nn.OptimizedLSTMCell(4, dtype=jnp.float64).apply({"params": params}, (c, h), x)
        return jnp.concatenate([next_c, next_h], 1)

    def gru(x, h, input_kernel, input_bias, kernel, bias):
        split = lambda given: jnp.split(given, 3, -1)
        params = {f"i{gate}": {"kernel": each, "bias": b} for gate, each, b in zip("rzn", split(input_kernel), split(input_bias))}
        params |= {f"h{gate}": {"kernel": each} for gate, each in zip("rzn", split(kernel))}
        params["hn"]["bias"] = bias
        return nn.GRUCell(4, dtype=jnp.float64).apply({"params": params}, h, x)[0]

    yield case("lstm", [[2, 3], [2, 4], [2, 4], [3, 16], [4, 16], [16]], lstm)
    yield case("gru", [[2, 3], [2, 4], [3, 12], [12], [4, 12], [4]], gru)


def losses():
    labels, weights = [2, 0, 3, 3, 1], [1, 0, 1, 1, 0]
    soft = values([5, 4], 5) ** 2
    soft = soft / soft.sum(-1, keepdims=True)
    for smoothing in (0, 0.1):
        for w in (None, weights):
            function = lambda x: cross_entropy(x, jnp.array(labels), jnp.ones(5) if w is None else jnp.array(w), smoothing)
            yield case("softmaxCrossEntropy", [[5, 4]], function, targets=labels, weights=w, labelSmoothing=smoothing)
        function = lambda x: cross_entropy(x, soft, jnp.array(weights), smoothing)
        yield case("softmaxCrossEntropy", [[5, 4]], function, targets=soft.tolist(), weights=weights, labelSmoothing=smoothing)
    # Logits far apart, where a naive softmax overflows.
    function = lambda x: cross_entropy(100 * x, jnp.array(labels), jnp.ones(5), 0)
    yield case("softmaxCrossEntropy", [[5, 4]], function, targets=labels, weights=None, labelSmoothing=0, scale=100)
    # By the labels too, whatever they add up to.
    for smoothing in (0, 0.1):
        function = lambda labels, x: optax.softmax_cross_entropy(3 * x, optax.smooth_labels(labels, smoothing))
        yield case("losses.softmaxCrossEntropy", [[5, 4], [5, 4]], function, labelSmoothing=smoothing, scale=3)
    flags = (values([5, 4], 6) > 0).astype(float)
    for mask in (None, values([5, 4], 7) > 0):
        for scale in (1, 100):
            keep = 1 if mask is None else jnp.array(mask)
            function = lambda x: optax.sigmoid_binary_cross_entropy(scale * x, flags) * keep
            options = {"targets": flags.tolist(), "weights": mask if mask is None else mask.astype(int).tolist(), "scale": scale}
            yield case("sigmoidCrossEntropy", [[5, 4]], function, **options)


def main():
    made_by = f"jax {jax.__version__}, flax {flax.__version__}, optax {optax.__version__}, float64"
    families = (convolutions, strides_wider_than_windows, volumes, pools, windows_longer_than_inputs, gradients_of_gradients,
                products, rows, resizes, activations, reductions, norms, cells, losses)
    golden = {"madeBy": made_by, "program": "gradients.py", "cases": [each for family in families for each in family()]}
    text = json.dumps(golden, separators=(",", ":")).replace('{"op"', '\n{"op"').replace(".0,", ",").replace(".0]", "]")
    pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")


main()
