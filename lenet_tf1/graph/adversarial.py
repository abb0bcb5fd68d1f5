"""Noise inside the training graph: images are moved to where the network is wrong, within a bound on each pixel."""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.graph.layers import for_inference, stable_hash
from lenet_tf1.graph.networks import find_network

RATE = 2.5  # times epsilon over the number of steps, the length of one: from any start the whole bound is in reach
_NO_CLASS = -1e9  # a logit below all others


class Noise(NamedTuple):
    """The noise of a batch of n images, with its placeholders.

    Attributes
    ----------
    images : placeholder, or another tensor, float32 [n, 784]
        Pixels in 0..1.
    labels : placeholder, float32 [n, classes]
        One-hot.
    seed : placeholder, int64 [2]
        The recipe's, and the step. The same seed gives the same start.
    output : float32 [n, 784]
        The images with noise, in 0..1.
    """

    images: tf.Tensor
    labels: tf.Tensor
    seed: tf.Tensor
    output: tf.Tensor


def margin(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """By how much the logit of the class of one-hot labels [n, classes] is above the highest other: float32 [n].

    It is what turns an answer. The cross-entropy's gradient fades to 0 where the network is sure, and where it is
    least sure leads to where all classes are alike and the answer is still the same.

    References
    ----------
    Carlini and Wagner, "Towards evaluating the robustness of neural networks", IEEE Symposium on Security and Privacy
    2017.
    """
    others = tf.where(y > 0.5, tf.fill(tf.shape(logits), _NO_CLASS), logits)
    return tf.reduce_sum(logits * y, axis=1) - tf.reduce_max(others, axis=1)


def add_noise(
    network: str,
    *,
    classes: int,
    seed: int,
    epsilon: float,
    steps: int,
    warm_up: int,
    images: tf.Tensor | None = None,
) -> Noise:
    """Add projected gradient descent against the network to the default graph, in the scope train/noise.

    It begins at a random place and takes `steps` by the gradient's sign. The network is built once for each step, with
    the same variables and without dropout; what is trained has to be built within `shared_variables`.

    Parameters
    ----------
    network : str
        Its name, for `find_network`.
    classes : int
    seed : int
        Of the initial weights.
    epsilon : float
        The most that a pixel changes, in 0..1.
    steps : int
    warm_up : int
        Training steps over which epsilon grows, 1 or more.
    images : float32 [n, 784], optional
        Instead of a placeholder of its own.

    Raises
    ------
    InputError
        If the network makes its variables anew whenever it is built.

    References
    ----------
    Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards deep learning models resistant to adversarial attacks", ICLR
    2018.
    """
    labels = tf.placeholder(tf.float32, [None, classes], name="y")
    with tf.name_scope("train/noise/"):
        if images is None:
            images = tf.placeholder(tf.float32, [None, 784], name="images")
        step = tf.placeholder(tf.int64, [2], name="seed")
        bound = epsilon * tf.minimum(1.0, tf.cast(step[1] + 1, tf.float32) / warm_up)
        key = step + tf.constant([stable_hash("noise"), 0], tf.int64)  # not dropout's random numbers
        start = images + tf.random.stateless_uniform(tf.shape(images), key, -1.0, 1.0) * bound
        at, counts = tf.clip_by_value(start, 0, 1), set()
        for number in range(steps):
            with tf.name_scope(f"step{number}"), shared_variables(), for_inference():
                *_, logits = find_network(network)(at, classes=classes, seed=seed).values()
            counts.add(len(tf.global_variables()))
            uphill = -tf.gradients(margin(logits, labels), at)[0]
            moved = at + RATE / steps * bound * tf.sign(uphill)
            at = tf.clip_by_value(tf.clip_by_value(moved, images - bound, images + bound), 0, 1)
        output = tf.stop_gradient(at)
    if len(counts) > 1:
        raise InputError(f"the network {network} makes its variables without get_variable, so noise can't be trained")
    return Noise(images, labels, step, output)


def shared_variables() -> tf.variable_scope:
    """A context in which networks have the variables that the default graph has already."""
    return tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE)
