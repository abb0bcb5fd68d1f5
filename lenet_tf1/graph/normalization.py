"""Batch normalisation: in training by the batch's own means and variances, in inference by their moving averages.

Reference: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
shift", ICML 2015.
"""

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import get_variable, is_for_inference, seed_here

EPSILON = 1e-3


class Averages:
    """The moving averages `mean` and `variance` of a convolution's maps, float32 [filters], in the current scope.

    Parameters
    ----------
    filters : int
    memory : float
        How much of them each training step keeps, in 0..1.
    """

    def __init__(self, filters: int, memory: float) -> None:
        self._memory = memory
        self.mean = self._average("mean", filters, tf.zeros_initializer())
        self.variance = self._average("variance", filters, tf.ones_initializer())

    def normalize_batch(self, maps: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
        """The maps, normalised by their own mean and variance; operations in UPDATE_OPS move the averages to these."""
        net, mean, variance = tf.nn.fused_batch_norm(maps, scale, offset, epsilon=EPSILON, is_training=True)
        for average, now in ((self.mean, mean), (self.variance, variance)):
            move = average.assign_add((1 - self._memory) * (now - average))
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move)
        return net

    @staticmethod
    def _average(name: str, filters: int, initializer: tf.Operation) -> tf.Variable:
        return tf.get_variable(name, [filters], tf.float32, initializer, trainable=False, use_resource=True)


def normalized_conv2d(
    x: tf.Tensor, scope: str, *, filters: int, size: int, seed: int, padding: str = "SAME", pool: str | None = None
) -> dict[str, tf.Tensor]:
    """Convolution with stride 1, max-pooling of 2 x 2 pixels if `pool` is a scope, batch normalisation and ReLU.

    There is no scale, which the next layer's weights can do as well. Then pooling can come first, which leaves a
    quarter to normalise, and in inference mean and variance are part of the weights and the bias: the layer has the
    operations of `layers.conv2d_max_pool`.

    Parameters
    ----------
    x : float32 [batch, height, width, channels]
    scope : str
        The variable scope, which gets `w` [size, size, channels, filters], and `b`, `mean` and `variance` [filters].
    filters : int
        How many maps it makes.
    size : int
        Height and width of its kernels.
    seed : int
        Of the initial weights.
    padding : {"SAME", "VALID"}
        Of both.
    pool : str, optional
        The pooling's scope.

    Returns
    -------
    dict of str -> tf.Tensor
        The endpoints: float32 [batch, height, width, filters] of `scope`, half as high and wide of `pool`. In training
        that of `scope` is the plain convolution where it is pooled.
    """
    with tf.variable_scope(scope):
        w = get_variable("w", [size, size, x.shape[-1], filters], tf.initializers.he_normal(seed_here(seed)))
        b = get_variable("b", [filters], tf.zeros_initializer())
        averages = Averages(filters, memory=0.98)
        if is_for_inference():
            scale = tf.rsqrt(averages.variance + EPSILON)
            maps = tf.nn.conv2d(x, w * scale, strides=1, padding=padding)
            maps = tf.nn.relu(tf.nn.bias_add(maps, b - averages.mean * scale))
        else:
            maps = tf.nn.conv2d(x, w, strides=1, padding=padding)

        def finished(maps: tf.Tensor) -> tf.Tensor:
            if is_for_inference():
                return maps
            return tf.nn.relu(averages.normalize_batch(maps, tf.ones([filters]), b))

        if pool is None:
            return {scope: finished(maps)}
    with tf.variable_scope(pool):
        return {scope: maps, pool: finished(tf.nn.max_pool2d(maps, ksize=2, strides=2, padding=padding))}
