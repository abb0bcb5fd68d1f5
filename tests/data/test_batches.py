import tracemalloc

import numpy as np
import pytest

from lenet_tf1.data.batches import Batches, as_input, one_hot, steps_per_epoch
from lenet_tf1.data.splits import NO_CLASS, Split

SPLIT = Split(np.arange(784_000).reshape(1000, 28, 28).astype(np.uint8), np.arange(1000, dtype=np.uint16))


def labels(batches):
    return np.concatenate([batches.part(i).labels for i in range(len(batches))]).tolist()


def drawn(**options):
    return labels(Batches(SPLIT, 64, classes=1000, **options))


def test_pixels_become_floats_in_0_to_1():
    images = np.array([[[0, 51], [102, 255]]], np.uint8)
    x = as_input(images)
    assert x.dtype == np.float32
    assert np.allclose(x, [[0, 0.2, 0.4, 1]])


def test_one_hot():
    assert one_hot(np.array([2, 0], np.uint8), 3).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_what_is_no_class_is_a_little_of_each():
    assert one_hot(np.array([1, NO_CLASS], np.uint8), 2).tolist() == [[0, 1], [0.5, 0.5]]


def test_the_documents_number_of_steps(mnist):
    assert steps_per_epoch(mnist.train, 64) == 859


def test_a_length_that_counts_the_smaller_batch():
    assert [len(Batches(SPLIT, size, classes=1000)) for size in (1, 64, 250, 999, 1000, 2000)] == [
        1000, 16, 4, 2, 1, 1,
    ]  # fmt: skip


def test_an_item_is_what_the_placeholders_are_fed():
    x, y = Batches(SPLIT, 64, classes=1000)[15]
    assert x.shape == (40, 784)
    assert y.shape == (40, 1000)
    assert x.dtype == y.dtype == np.float32
    assert np.array_equal(x, SPLIT.images[960:].reshape(40, 784).astype(np.float32) / 255)
    assert np.array_equal(y.argmax(axis=1), SPLIT.labels[960:])


def test_items_end():
    batches = Batches(SPLIT, 64, classes=1000)
    assert len(list(batches)) == 16
    assert np.array_equal(batches[-1][0], batches[15][0])
    with pytest.raises(IndexError):
        batches[16]


def test_an_epoch_sees_every_image_once():
    assert sorted(drawn(seed=0)) == list(range(1000))


def test_without_a_seed_the_order_is_the_splits():
    assert drawn() == list(range(1000))


def test_the_order_is_a_function_of_seed_and_epoch():
    assert drawn(seed=3, epoch=5) == drawn(seed=3, epoch=5)
    assert drawn(seed=3, epoch=5) != drawn(seed=3, epoch=6)
    assert drawn(seed=3, epoch=5) != drawn(seed=4, epoch=5)


def test_the_end_of_an_epoch_draws_the_next_order():
    batches = Batches(SPLIT, 64, classes=1000, seed=3, epoch=5)
    batches.on_epoch_end()
    assert labels(batches) == drawn(seed=3, epoch=6)


def test_one_batch_is_held_at_a_time(mnist):
    tracemalloc.start()
    try:
        for x, _ in Batches(mnist.train, 200, classes=10, seed=0):
            assert len(x) == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4e6  # the order, 0.4 MB, and what becomes of a batch; all at once would be 172 MB
