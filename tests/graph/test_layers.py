import numpy as np
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
