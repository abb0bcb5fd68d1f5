import itertools

import numpy as np

from lenet_tf1.data.batches import as_input, batches_in_order, one_hot, steps_per_epoch, training_batches
from lenet_tf1.data.datasets import Split

SPLIT = Split(np.zeros([1000, 28, 28], np.uint8), np.arange(1000, dtype=np.uint16))


def labels(**options):
    return [batch.labels.tolist() for batch in training_batches(SPLIT, 64, **options)]


def test_pixels_become_floats_in_0_to_1():
    images = np.array([[[0, 51], [102, 255]]], np.uint8)
    x = as_input(images)
    assert x.dtype == np.float32
    assert np.allclose(x, [[0, 0.2, 0.4, 1]])


def test_one_hot():
    assert one_hot(np.array([2, 0], np.uint8), 3).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_the_documents_number_of_steps(mnist):
    assert steps_per_epoch(mnist.train, 64) == 859


def test_an_epoch_sees_no_image_twice():
    seen = list(itertools.chain(*labels(seed=0, epoch=0)))
    assert len(seen) == len(set(seen)) == 15 * 64


def test_the_order_is_a_function_of_seed_and_epoch():
    assert labels(seed=3, epoch=5) == labels(seed=3, epoch=5)
    assert labels(seed=3, epoch=5) != labels(seed=3, epoch=6)
    assert labels(seed=3, epoch=5) != labels(seed=4, epoch=5)


def test_an_epoch_can_be_entered_anywhere():
    assert labels(seed=3, epoch=5, start=11) == labels(seed=3, epoch=5)[11:]


def test_in_order_nothing_is_left_out():
    batches = [batch.labels for batch in batches_in_order(SPLIT, 256)]
    assert [len(batch) for batch in batches] == [256, 256, 256, 232]
    assert np.concatenate(batches).tolist() == list(range(1000))
