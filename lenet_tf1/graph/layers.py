"""Layers from ``tf.nn`` operations: the input tensor first, its scope second.

Each layer with weights opens ``tf.variable_scope(scope)`` and names its variables ``w`` and ``b``, as
document 000 does, so that checkpoints restore by name across programs.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.share import draw

KEEP_PROBS = "keep_probs"  # collections of the placeholders that dropout makes
DROPOUT_SEEDS = "dropout_seeds"
_inference = ContextVar("inference", default=False)


@contextmanager
def frozen(weights: Mapping[str, np.ndarray]) -> Iterator[None]:
    """A context in which networks are built `for_inference`, with constants for variables.

    TensorFlow then casts and reorders weights once, before the first run, instead of in every run: a single image
    takes half the time.

    Parameters
    ----------
    weights : dict of str -> float32 array
        The values, by the variables' names, which the constants get too.
    """

    def as_constant(getter: Callable[..., tf.Tensor], name: str, **_: Any) -> tf.Tensor:
        return tf.constant(weights[name], name=name)

    with for_inference(), tf.variable_scope(tf.get_variable_scope(), custom_getter=as_constant):
        yield


@contextmanager
def for_inference() -> Iterator[None]:
    """A context in which networks are built without dropout, normalised by what training has met on average."""
    token = _inference.set(True)
    try:
        yield
    finally:
        _inference.reset(token)


def is_for_inference() -> bool:
    """Whether networks are built `for_inference` now."""
    return _inference.get()


Initializer = Callable[..., tf.Tensor]  # of shape, dtype and partition_info, as get_variable takes it
SeededInitializer = Callable[[int], Initializer]


class Initial(NamedTuple):
    """How a layer's weights and biases are initialised: functions from a seed to an initialiser."""

    weights: SeededInitializer
    bias: SeededInitializer


def glorot_uniform(seed: int) -> Initializer:
    """Glorot and Bengio's initialiser (2010), which is get_variable's own."""
    return tf.glorot_uniform_initializer(seed=seed)


def truncated_normal(stddev: float) -> SeededInitializer:
    """A normal distribution of that standard deviation, truncated at two of them (document 003)."""
    return lambda seed: tf.truncated_normal_initializer(stddev=stddev, seed=seed)


def normal(stddev: float) -> SeededInitializer:
    """A normal distribution of that standard deviation (document 000)."""
    return lambda seed: tf.random_normal_initializer(stddev=stddev, seed=seed)


def constant(value: float) -> SeededInitializer:
    """The same value for every element."""
    return lambda seed: tf.constant_initializer(value)


GLOROT = Initial(glorot_uniform, constant(0.0))


def conv2d(
    x: tf.Tensor,
    scope: str,
    *,
    filters: int,
    size: int,
    seed: int,
    padding: str = "SAME",
    initial: Initial = GLOROT,
) -> tf.Tensor:
    """Convolution with stride 1, bias and ReLU.

    Parameters
    ----------
    x : float32 [batch, height, width, channels]
    scope : str
        The variable scope, which gets `w` [size, size, channels, filters] and `b` [filters].
    filters : int
        How many maps it makes.
    size : int
        Height and width of its kernels.
    seed : int
        Of the initial weights.
    padding : {"SAME", "VALID"}
    initial : Initial

    Returns
    -------
    float32 [batch, height, width, filters], with VALID padding size - 1 less high and wide
    """
    with tf.variable_scope(scope):
        w, b = weights_and_bias([size, size, x.shape[-1], filters], seed, initial)
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, strides=1, padding=padding), b))


def conv2d_max_pool(
    x: tf.Tensor,
    conv: str,
    pool: str,
    *,
    filters: int,
    size: int,
    seed: int,
    padding: str = "SAME",
    initial: Initial = GLOROT,
) -> tuple[tf.Tensor, tf.Tensor]:
    """`conv2d` in the scope `conv`, then max-pooling of 2 x 2 pixels in the scope `pool`, with the same padding.

    Returns
    -------
    maps : float32 [batch, height, width, filters]
        What `conv2d` returns.
    pooled : float32 [batch, height / 2, width / 2, filters]
        Rounded up with SAME padding, down with VALID.
    """
    maps = conv2d(x, conv, filters=filters, size=size, seed=seed, padding=padding, initial=initial)
    with tf.variable_scope(pool):
        return maps, tf.nn.max_pool2d(maps, ksize=2, strides=2, padding=padding)


def dense(
    x: tf.Tensor,
    scope: str,
    *,
    units: int,
    seed: int,
    activation: Callable[[tf.Tensor], tf.Tensor] | None = None,
    initial: Initial = GLOROT,
) -> tf.Tensor:
    """Fully connected layer: [batch, ...], flattened to [batch, inputs] -> [batch, units]."""
    with tf.variable_scope(scope):
        inputs = x.shape[1:].num_elements()
        w, b = weights_and_bias([inputs, units], seed, initial)
        net = tf.nn.bias_add(tf.matmul(tf.reshape(x, [-1, inputs]), w), b)
        return net if activation is None else activation(net)


def dropout(x: tf.Tensor, scope: str) -> tf.Tensor:
    """Keep each element with probability `keep_prob` and scale it by 1 / keep_prob (document 003).

    Makes two placeholders inside `scope`: `keep_prob`, float32 in (0, 1], 1.0 unless fed, and `dropout_seed`,
    int64 [2]. The same seed drops the same elements, so that a step that is repeated after a restore is the same
    step. In a frozen network it returns `x` itself.
    """
    if _inference.get():
        return x
    with tf.name_scope(f"{scope}/"):
        keep_prob = tf.placeholder_with_default(1.0, [], name="keep_prob")
        seed = tf.placeholder_with_default(tf.constant([0, 0], tf.int64), [2], name="dropout_seed")
        tf.add_to_collection(KEEP_PROBS, keep_prob)
        tf.add_to_collection(DROPOUT_SEEDS, seed)
        seed_here = seed + tf.constant([stable_hash(scope), 0], tf.int64)  # two dropouts, two masks

        def uniform(shape: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
            return draw(lambda shape: tf.random.stateless_uniform(shape, seed_here, dtype=dtype, alg=None), shape)

        return tf.nn.experimental.general_dropout(x, 1.0 - keep_prob, uniform, name="stateless_dropout")


def get_variable(name: str, shape: Sequence[int | None], initializer: Initializer) -> tf.Variable:
    """A float32 resource variable in the current scope, independent of the importing program's defaults."""
    return tf.get_variable(name, shape, tf.float32, initializer, use_resource=True)


def weights_and_bias(shape: Sequence[int | None], seed: int, initial: Initial) -> tuple[tf.Variable, tf.Variable]:
    """The variables w, of that shape, and b, of its last dimension, in the current scope."""
    w = get_variable("w", shape, initial.weights(seed_here(seed)))
    return w, get_variable("b", shape[-1:], initial.bias(seed_here(f"{seed}/b")))


def seed_here(seed: int | str) -> int:
    """A seed for the weights of the current scope, a hash of the scope's name and of `seed`.

    With a seed for each operation the initial bits stay the same when something else is added to the graph.
    """
    return stable_hash(f"{seed}/{tf.get_variable_scope().name}")


def stable_hash(text: str) -> int:
    """An integer in 0..2**31 - 1, the same in every process, to tell random streams apart."""
    return zlib.crc32(text.encode()) & 0x7FFFFFFF
