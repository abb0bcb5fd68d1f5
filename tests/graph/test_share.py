"""Shares of a batch get the random numbers of their places in it."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import open_session
from lenet_tf1.graph.augment import add_augmentation
from lenet_tf1.graph.layers import DROPOUT_SEEDS, KEEP_PROBS, dropout
from lenet_tf1.graph.share import Share, sharing

BATCH = 7


def dropped(x, graph, session, step=3):
    feed = {graph.get_collection(KEEP_PROBS)[0]: 0.5, graph.get_collection(DROPOUT_SEEDS)[0]: [1, step]}
    return session.run("out:0", {"x:0": x, **feed})


def drop(x, share=None):
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        placeholder = tf.placeholder(tf.float32, [None, 50], name="x")
        if share is None:
            tf.identity(dropout(placeholder, "fc6"), "out")
            return dropped(x, graph, session)
        with sharing(share):
            tf.identity(dropout(placeholder, "fc6"), "out")
        return dropped(x[share.places], graph, session)


def distort(images, share=None):
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        if share is None:
            added = add_augmentation(shift=1, slant=0.1, bend=1)
            return session.run(added.output, {added.images: images, added.seed: [1, 3]})
        with sharing(share):
            added = add_augmentation(shift=1, slant=0.1, bend=1)
        return session.run(added.output, {added.images: images[share.places], added.seed: [1, 3]})


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_a_batch_is_cut_into_parts_without_gap(workers):
    shares = [Share.of(i, workers, BATCH) for i in range(workers)]
    places = [place for share in shares for place in range(BATCH)[share.places]]
    assert places == list(range(BATCH))
    sizes = [share.size for share in shares]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("function", [drop, distort])
def test_shares_together_are_the_whole_batch(function, workers):
    x = np.random.default_rng(0).random([BATCH, 50 if function is drop else 784], np.float32)
    whole = function(x)
    assert (whole != x).any()
    parts = [function(x, Share.of(i, workers, BATCH)) for i in range(workers)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_a_batch_of_another_size_can_be_computed_too():
    with tf.Graph().as_default() as graph, open_session(graph, "fp32") as session:
        placeholder = tf.placeholder(tf.float32, [None, 50], name="x")
        with sharing(Share.of(1, 2, BATCH)):
            tf.identity(dropout(placeholder, "fc6"), "out")
        assert dropped(np.ones([20, 50]), graph, session).shape == (20, 50)
