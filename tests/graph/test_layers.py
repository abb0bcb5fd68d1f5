import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import DROPOUT_SEEDS, KEEP_PROBS, conv2d_max_pool, dense, dropout


def run_dropout(scope="fc6", keep_prob=None, seed=None):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        dropped = dropout(tf.ones([100, 50]), scope)
        feed = {}
        if keep_prob is not None:
            feed[graph.get_collection(KEEP_PROBS)[0]] = keep_prob
        if seed is not None:
            feed[graph.get_collection(DROPOUT_SEEDS)[0]] = seed
        return session.run(dropped, feed)


def test_dropout_keeps_everything_unless_told():
    assert np.array_equal(run_dropout(), np.ones([100, 50]))


def test_dropout_scales_what_it_keeps():
    kept = run_dropout(keep_prob=0.25, seed=[0, 1])
    assert set(np.unique(kept)) == {0, 4}
    assert abs(np.mean(kept > 0) - 0.25) < 0.03


def test_dropout_is_a_function_of_seed_step_and_scope():
    def mask(seed, scope="fc6"):
        return run_dropout(scope, 0.5, seed).tobytes()

    assert mask([1, 2]) == mask([1, 2])
    assert len({mask([1, 2]), mask([1, 3]), mask([2, 2]), mask([1, 2], "fc7")}) == 4


def run_conv_and_plain(images, padding, maps_too=False):
    """What conv2d_max_pool and TensorFlow's own gradients make of the images: outputs and gradients."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(images)
        maps, pooled = conv2d_max_pool(x, "conv", "pool", filters=20, size=5, seed=0, padding=padding)
        w, b = tf.trainable_variables()
        plain = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, 1, padding), b))
        plain_pooled = tf.nn.max_pool2d(plain, 2, 2, padding)
        session.run([w.initializer, b.initializer])
        b.load(np.linspace(-0.3, 0.3, 20, dtype=np.float32), session)
        weights = tf.constant(np.random.default_rng(1).normal(size=pooled.shape.as_list()).astype(np.float32))

        def gradients(pooled, maps):
            return tf.gradients([pooled * weights] + [tf.square(maps)] * maps_too, [x, w, b])

        return session.run(
            [[maps, pooled, *gradients(pooled, maps)], [plain, plain_pooled, *gradients(plain_pooled, plain)]]
        )


@pytest.mark.parametrize("maps_too", [False, True])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("size", [28, 13])
def test_gradients_are_those_that_tensorflow_would_compute(padding, size, maps_too):
    # Whole numbers in the images make many equal maxima, of which one alone has a gradient.
    images = np.random.default_rng(0).integers(-2, 3, size=[8, size, size, 1]).astype(np.float32)
    images[:, : size // 2] = 0
    ours, plain = run_conv_and_plain(images, padding, maps_too)
    for mine, theirs in zip(ours[:2], plain[:2], strict=True):
        assert mine.shape == theirs.shape
        assert np.array_equal(mine, theirs)  # to the bit
    for mine, theirs in zip(ours[2:], plain[2:], strict=True):
        assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(theirs).max()


def test_adding_to_the_graph_changes_no_initial_weight():
    def weights(extra):
        with tf.Graph().as_default(), tf.Session() as session:
            if extra:
                tf.random.normal([3], name="something_else")
                dense(tf.zeros([1, 9]), "another", units=2, seed=0)
            _, net = conv2d_max_pool(tf.zeros([1, 4, 4, 1]), "conv", "pool", filters=2, size=3, seed=0)
            dense(net, "fc", units=3, seed=0)
            session.run(tf.global_variables_initializer())
            return {v.name: session.run(v).tobytes() for v in tf.trainable_variables() if "another" not in v.name}

    assert weights(False) == weights(True)
