import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import for_inference
from lenet_tf1.graph.normalization import EPSILON, normalized_conv2d

MEAN, VARIANCE = np.array([0.5, -1.0], np.float32), np.array([4.0, 0.25], np.float32)


def built(pool):
    """The last endpoint of a layer on 3 images of 8 x 8, for training and for inference, with the same variables."""
    x = tf.placeholder(tf.float32, [None, 8, 8, 1])
    how = {"filters": 2, "size": 3, "seed": 0, "padding": "VALID", "pool": pool}
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
        trained = list(normalized_conv2d(x, "conv", **how).values())[-1]
        with for_inference():
            inferred = list(normalized_conv2d(x, "conv", **how).values())[-1]
    return x, trained, inferred


def convolved(images, kernels, pool):
    """The plain convolution's maps, pooled, float64 [n, height, width, 2]."""
    windows = np.lib.stride_tricks.sliding_window_view(images[..., 0].astype(np.float64), [3, 3], axis=(1, 2))
    maps = np.einsum("nhwij,ijf->nhwf", windows, kernels[:, :, 0])
    return maps.reshape(len(maps), 3, 2, 3, 2, 2).max(axis=(2, 4)) if pool else maps


@pytest.mark.parametrize("pool", [None, "pool"])
def test_training_is_by_the_batch_and_inference_by_the_averages(pool):
    images = np.random.default_rng(0).normal(size=[3, 8, 8, 1]).astype(np.float32)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x, trained, inferred = built(pool)
        w, b, mean, variance = tf.global_variables()
        session.run(tf.global_variables_initializer())
        for variable, value in ((b, [0.25, -0.125]), (mean, MEAN), (variance, VARIANCE)):
            variable.load(value, session)
        maps = convolved(images, session.run(w), pool)
        now, spread = maps.mean(axis=(0, 1, 2)), maps.var(axis=(0, 1, 2))
        offset = np.array([0.25, -0.125])
        by_batch = np.maximum((maps - now) / np.sqrt(spread + EPSILON) + offset, 0)
        by_averages = np.maximum((maps - MEAN) / np.sqrt(VARIANCE + EPSILON) + offset, 0)
        assert np.allclose(session.run(trained, {x: images}), by_batch, atol=1e-5)
        assert np.allclose(session.run(inferred, {x: images}), by_averages, atol=1e-5)
        assert np.array_equal(session.run(mean), MEAN)  # until the updates are run
        session.run(graph.get_collection(tf.GraphKeys.UPDATE_OPS), {x: images})
        assert np.allclose(session.run(mean), 0.98 * MEAN + 0.02 * now, atol=1e-6)
        # TensorFlow's batch variance is that of a sample.
        n = maps[..., 0].size
        assert np.allclose(session.run(variance), 0.98 * VARIANCE + 0.02 * spread * n / (n - 1), atol=1e-6)


def test_averages_are_not_trained():
    with tf.Graph().as_default():
        built("pool")
        assert [variable.op.name for variable in tf.trainable_variables()] == ["conv/w", "conv/b"]
        assert len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)) == 2  # of training alone
