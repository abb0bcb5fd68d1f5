"""The page reader's network: at every fourth pixel, whether a digit's middle is there, which, and how large.

Convolutions from ``tf.nn`` with batch normalisation (Ioffe and Szegedy 2015), at strides 2, 4, 8 and 16 and back to 4,
read as CenterNet's maps are (Zhou, Wang and Kraehenbuehl 2019).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import get_variable, seed_here
from lenet_tf1.graph.normalization import EPSILON, Averages

CLASSES = 10
_OUTPUTS = {"heat": 1, "digit": CLASSES, "box": 4}
_RARE = -4.0  # the heat's first bias: nearly nowhere is a digit's middle


def reader(x: tf.Tensor, *, seed: int, training: bool) -> dict[str, tf.Tensor]:
    """The page reader's network: 634,543 parameters.

    Parameters
    ----------
    x : float32 [batch, height, width, 1]
        As data.pages.contrast.local_contrast makes it; height and width are multiples of 16.
    seed : int
        Of the initial weights.
    training : bool
        Whether means and variances are the batch's, and their averages are updated by the operations in
        tf.GraphKeys.UPDATE_OPS.

    Returns
    -------
    dict of str -> tf.Tensor
        The endpoints by scope name, in order. The last three are float32 [batch, height / 4, width / 4, ...]: `heat`
        [..., 1], a logit; `digit` [..., 10], logits; `box` [..., 4], the middle's x and y from here and the logarithms
        of width and height, all in places of 4 pixels.

    References
    ----------
    Ioffe and Szegedy, "Batch normalization", ICML 2015. Zhou, Wang and Kraehenbuehl, "Objects as points", 2019,
    arXiv:1904.07850.
    """
    ends: dict[str, tf.Tensor] = {}

    def conv(net: tf.Tensor, scope: str, **options: int) -> tf.Tensor:
        ends[scope] = _conv(net, scope, seed=seed, training=training, **options)
        return ends[scope]

    net = conv(x, "conv1", filters=16, size=5, stride=2)  # [batch, 80, 80, 16] of 160 x 160
    net = conv(net, "conv2", filters=32)
    net = conv(net, "conv3", filters=48, stride=2)  # [batch, 40, 40, 48]
    fine = conv(net, "conv4", filters=64)
    net = conv(fine, "conv5", filters=96, stride=2)  # [batch, 20, 20, 96]
    net += conv(net, "conv6", filters=96)
    middle = net + conv(net, "conv7", filters=96)
    net = conv(middle, "conv8", filters=128, stride=2)  # [batch, 10, 10, 128]
    net += conv(net, "conv9", filters=128)
    middle += _twice(conv(net, "side10", filters=96, size=1))  # [batch, 20, 20, 96]
    net = _twice(conv(middle, "side11", filters=64, size=1))  # [batch, 40, 40, 64]
    net += conv(fine, "side12", filters=64, size=1)
    net = conv(net, "conv13", filters=64)
    net = conv(net, "conv14", filters=80)
    for scope, filters in _OUTPUTS.items():
        ends[scope] = _output(net, scope, filters=filters, seed=seed)
    return ends


def _conv(
    x: tf.Tensor, scope: str, *, filters: int, size: int = 3, stride: int = 1, seed: int, training: bool
) -> tf.Tensor:
    with tf.variable_scope(scope):
        channels = int(x.shape[-1])
        w = get_variable("w", [size, size, channels, filters], tf.initializers.he_normal(seed_here(seed)))
        scale = get_variable("scale", [filters], tf.ones_initializer())
        b = get_variable("b", [filters], tf.zeros_initializer())
        averages = Averages(filters, memory=0.99)
        net = tf.nn.conv2d(x, w, strides=stride, padding="SAME")
        if training:
            return tf.nn.relu(averages.normalize_batch(net, scale, b))
        known = averages.mean, averages.variance
        net, _, _ = tf.nn.fused_batch_norm(net, scale, b, *known, epsilon=EPSILON, is_training=False)
        return tf.nn.relu(net)


def _output(x: tf.Tensor, scope: str, *, filters: int, seed: int) -> tf.Tensor:
    with tf.variable_scope(scope):
        w = get_variable("w", [1, 1, int(x.shape[-1]), filters], tf.initializers.he_normal(seed_here(seed)))
        b = get_variable("b", [filters], tf.constant_initializer(_RARE if scope == "heat" else 0.0))
        return tf.nn.bias_add(tf.nn.conv2d(x, w, strides=1, padding="SAME"), b)


def _twice(x: tf.Tensor) -> tf.Tensor:
    # Each place four times: nearest neighbours at half the stride.
    height, width, channels = tf.shape(x)[1], tf.shape(x)[2], int(x.shape[-1])
    doubled = tf.tile(x[:, :, None, :, None], [1, 1, 2, 1, 2, 1])
    return tf.reshape(doubled, [-1, 2 * height, 2 * width, channels])


@dataclass(frozen=True)
class Losses:
    """What training makes small.

    Attributes
    ----------
    heat : float32 scalar
        CenterNet's focal loss.
    digit : float32 scalar
        Cross-entropy in nats.
    box : float32 scalar
        Absolute differences.
    total : float32 scalar
        Their weighted sum.
    """

    heat: tf.Tensor
    digit: tf.Tensor
    box: tf.Tensor
    total: tf.Tensor


_DIGIT_WEIGHT, _BOX_WEIGHT = 1.0, 0.5
_SMOOTHING = 0.03  # of the labels: some of MNIST's are wrong


def losses(ends: Mapping[str, tf.Tensor], targets: tf.Tensor) -> Losses:
    """The losses of a batch.

    Parameters
    ----------
    ends : mapping
        The reader's endpoints.
    targets : float32 [batch, height / 4, width / 4, 8]
        As data.pages.page.targets makes them.
    """
    with tf.name_scope("loss"):
        wanted, weight, label, sure = (targets[..., i] for i in range(4))
        heat = _focal(ends["heat"][..., 0], wanted, weight)
        count = tf.reduce_sum(sure) + 1.0
        labels = tf.one_hot(tf.cast(label, tf.int32), CLASSES) * (1 - _SMOOTHING) + _SMOOTHING / CLASSES
        entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=ends["digit"])
        digit = tf.reduce_sum(entropy * sure) / count
        box = tf.reduce_sum(tf.abs(ends["box"] - targets[..., 4:]) * sure[..., None]) / count
        return Losses(heat, digit, box, heat + _DIGIT_WEIGHT * digit + _BOX_WEIGHT * box)


def _focal(logits: tf.Tensor, wanted: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    # CenterNet's: little for what is sure already, and near a middle little for being one of several.
    p = tf.sigmoid(logits)
    middle = tf.cast(wanted > 0.999, tf.float32)
    found = middle * tf.square(1 - p) * tf.nn.softplus(-logits)
    empty = (1 - middle) * tf.pow(1 - wanted, 4.0) * tf.square(p) * tf.nn.softplus(logits)
    return tf.reduce_sum(weight * (found + empty)) / (tf.reduce_sum(weight * middle) + 10.0)
