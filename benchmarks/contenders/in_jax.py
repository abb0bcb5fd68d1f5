"""JAX: the network in jax.numpy and jax.lax, jitted, without a library of layers."""

import functools

import numpy as np
from contenders.contender import KEEP_PROB, Contender, count, pixels, weights


class Jax(Contender):
    """One jitted function a step, which gives its weights' memory away; the random numbers of its fast generator."""

    ways = dict.fromkeys(("train", "evaluate", "predict"), ("jit",))

    def __init__(self, precision, folder, data):
        import jax

        jax.config.update("jax_default_prng_impl", "unsafe_rbg")
        self.dtype = jax.numpy.bfloat16 if precision == "bf16" else jax.numpy.float32
        self.weights = jax.tree.map(jax.numpy.asarray, weights(folder))
        assert sum(w.size for w in self.weights.values()) == 1_256_080
        zeros = jax.tree.map(jax.numpy.zeros_like, self.weights)
        self.state = (jax.tree.map(jax.numpy.copy, self.weights), zeros, jax.tree.map(jax.numpy.copy, zeros), 0)
        self.key = jax.random.key(0)
        self.step = jax.jit(functools.partial(_step, self.dtype), donate_argnums=0)
        cast = jax.tree.map(lambda w: w.astype(self.dtype), self.weights)
        logits = jax.jit(lambda x: _logits(cast, x, self.dtype))
        self.classes = jax.jit(lambda x: logits(x).argmax(axis=1))
        self.probabilities = jax.jit(lambda x: jax.nn.softmax(logits(x)))

    def prepare(self, batches):
        """Floats, made beforehand."""
        return [(pixels(batch.images), batch.labels.astype(np.int32)) for batch in batches]

    def train(self, way, prepared, batch_size):
        """Take a step for each batch."""
        for x, y in prepared:
            self.state, loss, correct = self.step(self.state, self.key, x, y)
            float(loss), int(correct)

    def evaluate(self, way, split):
        """Count the correct images."""
        return count(lambda images: np.asarray(self.classes(pixels(images))), split)

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return np.asarray(self.probabilities(pixels(images)))


def _logits(weights, x, dtype, key=None):
    import jax
    from jax import lax

    w = {name: value.astype(dtype) for name, value in weights.items()}

    def convolved(x, scope):
        layout = ("NHWC", "HWIO", "NHWC")
        x = lax.conv_general_dilated(x, w[f"{scope}/w"], (1, 1), "SAME", dimension_numbers=layout) + w[f"{scope}/b"]
        least = np.array(-np.inf, x.dtype)
        return lax.reduce_window(jax.nn.relu(x), least, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    x = convolved(convolved(x.astype(dtype), "conv2"), "conv4").reshape(len(x), -1)
    x = jax.nn.relu(x @ w["fc6/w"] + w["fc6/b"])
    if key is not None:
        x = jax.numpy.where(jax.random.bernoulli(key, KEEP_PROB, x.shape), x / KEEP_PROB, 0).astype(dtype)
    return (x @ w["fc7/w"] + w["fc7/b"]).astype(np.float32)


def _step(dtype, state, key, x, y, rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    import jax

    weights, mean, square, step = state

    def loss(weights):
        logits = _logits(weights, x, dtype, jax.random.fold_in(key, step))
        chosen = jax.numpy.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1)
        return -chosen.mean(), (logits.argmax(axis=1) == y).sum()

    (value, correct), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    step = step + 1
    mean = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, mean, gradient)
    square = jax.tree.map(lambda s, g: beta2 * s + (1 - beta2) * g * g, square, gradient)
    rate = rate * jax.numpy.sqrt(1 - beta2**step) / (1 - beta1**step)
    update = jax.tree.map(lambda w, m, s: w - rate * m / (jax.numpy.sqrt(s) + epsilon), weights, mean, square)
    return (update, mean, square, step), value, correct
