"""Layers from ``tf.nn`` operations: the input tensor first, its scope second.

Each layer with weights opens ``tf.variable_scope(scope)`` and names its variables ``w`` and ``b``, as
document 000 does, so that checkpoints restore by name across programs.
"""

import zlib
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import tensorflow.compat.v1 as tf

KEEP_PROBS = "keep_probs"  # collections of the placeholders that dropout makes
DROPOUT_SEEDS = "dropout_seeds"
_frozen = ContextVar("frozen", default=False)


@contextmanager
def frozen(weights):
    """A context in which networks are built to be asked and not to be trained.

    Variables become constants of the same names, with the values in `weights`, a dict of variable name ->
    float32 array, and nothing is dropped. TensorFlow then casts and reorders weights once, before the first
    run, instead of in each: a single image takes half the time.
    """

    def as_constant(getter, name, **_):
        return tf.constant(weights[name], name=name)

    token = _frozen.set(True)
    try:
        with tf.variable_scope(tf.get_variable_scope(), custom_getter=as_constant):
            yield
    finally:
        _frozen.reset(token)


class Initial(NamedTuple):
    """How a layer starts: functions that make an initialiser of a seed."""

    weights: Callable
    bias: Callable


def glorot_uniform(seed):
    """Glorot and Bengio's initialiser (2010), which is get_variable's own."""
    return tf.glorot_uniform_initializer(seed=seed)


def truncated_normal(stddev):
    """Normal numbers of that standard deviation, none beyond two of them (document 003)."""
    return lambda seed: tf.truncated_normal_initializer(stddev=stddev, seed=seed)


def normal(stddev):
    """Normal numbers of that standard deviation (document 000)."""
    return lambda seed: tf.random_normal_initializer(stddev=stddev, seed=seed)


def constant(value):
    """Each element the same."""
    return lambda seed: tf.constant_initializer(value)


GLOROT = Initial(glorot_uniform, constant(0.0))


def conv2d(x, scope, *, filters, size, seed, padding="SAME", initial=GLOROT):
    """Convolution with stride 1, bias and ReLU: [batch, height, width, channels] -> [batch, ..., filters]."""
    with tf.variable_scope(scope):
        w, b = weights_and_bias([size, size, x.shape[-1], filters], seed, initial)
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, strides=1, padding=padding), b))


def conv2d_max_pool(x, conv, pool, *, filters, size, seed, padding="SAME", initial=GLOROT):
    """Convolution with stride 1, bias and ReLU in the scope `conv`, then the maximum of 2 x 2 pixels in `pool`.

    Returns both outputs, for an `x` of [batch, height, width, channels] and SAME padding [batch, height,
    width, filters] and [batch, height / 2, width / 2, filters], rounded up.
    """
    maps = conv2d(x, conv, filters=filters, size=size, seed=seed, padding=padding, initial=initial)
    with tf.variable_scope(pool):
        return maps, tf.nn.max_pool2d(maps, ksize=2, strides=2, padding=padding)


def dense(x, scope, *, units, seed, activation=None, initial=GLOROT):
    """Fully connected layer: [batch, ...], flattened to [batch, inputs] -> [batch, units]."""
    with tf.variable_scope(scope):
        inputs = x.shape[1:].num_elements()
        w, b = weights_and_bias([inputs, units], seed, initial)
        net = tf.nn.bias_add(tf.matmul(tf.reshape(x, [-1, inputs]), w), b)
        return net if activation is None else activation(net)


def dropout(x, scope):
    """Keep each element with probability `keep_prob` and scale it by 1 / keep_prob (document 003).

    Makes two placeholders inside `scope`: `keep_prob`, float32 in (0, 1], 1.0 unless fed, and
    `dropout_seed`, int64 [2]. One seed always drops the same elements, so a step that is taken again
    after a restore is the same step. In a frozen network `x` goes through as it is.
    """
    if _frozen.get():
        return x
    with tf.name_scope(f"{scope}/"):
        keep_prob = tf.placeholder_with_default(1.0, [], name="keep_prob")
        seed = tf.placeholder_with_default(tf.constant([0, 0], tf.int64), [2], name="dropout_seed")
        tf.add_to_collection(KEEP_PROBS, keep_prob)
        tf.add_to_collection(DROPOUT_SEEDS, seed)
        seed_here = seed + tf.constant([stable_hash(scope), 0], tf.int64)  # two dropouts, two masks
        return tf.nn.experimental.stateless_dropout(x, rate=1.0 - keep_prob, seed=seed_here)


def get_variable(name, shape, initializer):
    """A float32 resource variable in the current scope, whatever the importing program's defaults are."""
    return tf.get_variable(name, shape, tf.float32, initializer, use_resource=True)


def weights_and_bias(shape, seed, initial):
    """The variables w and b of the current scope; the bias has the last of the weights' sizes."""
    w = get_variable("w", shape, initial.weights(seed_here(seed)))
    return w, get_variable("b", shape[-1:], initial.bias(seed_here(f"{seed}/b")))


def seed_here(seed):
    """A seed for the weights of the current scope, made of it and of `seed`.

    A seed of its own for every operation keeps the initial bits when something else is added to the graph.
    """
    return stable_hash(f"{seed}/{tf.get_variable_scope().name}")


def stable_hash(text):
    """A whole number below 2 ** 31 that is the same in every process, to tell random streams apart."""
    return zlib.crc32(text.encode()) & 0x7FFFFFFF
