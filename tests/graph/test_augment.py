import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import choose_precision, open_session
from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.augment import add_augmentation, distort


def run_distort(images, seed=(0, 0), *, shift=0.0, slant=0.0, bend=0.0, precision="fp32"):
    with tf.Graph().as_default() as graph, open_session(graph, precision) as session:
        return session.run(
            distort(tf.constant(images), tf.constant(seed, tf.int64), shift=shift, slant=slant, bend=bend)
        )


def center(images):
    """The centre of mass of each image: [n, 2], rows and columns."""
    mass = images.reshape(-1, 28, 28) / images.sum(axis=1)[:, None, None]
    return np.stack([mass.sum(axis=2) @ np.arange(28), mass.sum(axis=1) @ np.arange(28)], axis=1)


@pytest.fixture(scope="module")
def digits(mnist):
    return as_input(mnist.train[:500].images)


@pytest.mark.parametrize("precision", ["fp32", choose_precision("auto")])
def test_nothing_is_moved_by_nothing(digits, precision):
    assert np.array_equal(run_distort(digits, precision=precision), digits)


@pytest.mark.parametrize("amounts", [{"shift": 1.0}, {"slant": 0.1}, {"bend": 1.0}])
def test_a_distortion_is_a_function_of_its_seed(digits, amounts):
    one = run_distort(digits, (3, 7), **amounts)
    assert np.array_equal(one, run_distort(digits, (3, 7), **amounts))
    assert not np.array_equal(one, run_distort(digits, (3, 8), **amounts))
    assert not np.array_equal(one, run_distort(digits, (4, 7), **amounts))
    assert one.min() >= 0
    assert one.max() <= 1


def test_shifts_have_the_given_size(digits):
    moved = center(run_distort(digits, shift=1.0)) - center(digits)
    assert np.abs(moved.mean(axis=0)).max() < 0.15
    assert np.allclose(moved.std(axis=0), 0.88, atol=0.1)  # a normal distribution cut off at 2
    assert np.abs(moved).max() <= 2.1


def test_slants_and_bends_leave_the_digit_where_it_is(digits):
    for amounts in ({"slant": 0.1}, {"bend": 1.0}):
        moved = center(run_distort(digits, **amounts)) - center(digits)
        assert np.abs(moved.mean(axis=0)).max() < 0.1
        assert np.abs(moved).max() < 2.5


def test_a_bend_has_the_given_size():
    # A ramp is moved by d pixels where its value changes by d steps of the ramp.
    ramp = np.tile(np.arange(28, dtype=np.float32) / 27, 28)[None].repeat(300, axis=0)
    moved = (run_distort(ramp, bend=0.5) - ramp).reshape(-1, 28, 28)[:, 4:-4, 4:-4] * 27
    assert 0.3 < moved.std() < 0.6


def test_what_comes_from_outside_is_background():
    white = np.ones([200, 784], np.float32)
    moved = run_distort(white, shift=40.0).reshape(-1, 28, 28)
    gone = moved.max(axis=(1, 2)) < 0.01
    assert 20 < gone.sum() < 180  # shifted out, on every side
    assert (moved[gone] == 0).all()


def test_bfloat16_places_pixels_as_well(digits):
    if choose_precision("auto") == "fp32":
        pytest.skip("this processor has no bfloat16; one with AVX512_BF16 or AMX would run this")
    amounts = {"shift": 0.7, "slant": 0.1, "bend": 1.0}
    difference = run_distort(digits, **amounts) - run_distort(digits, precision="bf16", **amounts)
    assert np.abs(difference).mean() < 0.002


def test_the_placeholders_are_behind_the_training(digits):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        augmentation = add_augmentation(shift=0.0, slant=0.0, bend=0.0)
        assert all(operation.name.startswith("train/augment/") for operation in graph.get_operations())
        feed = {augmentation.images: digits[:5], augmentation.seed: [0, 0]}
        assert np.array_equal(session.run(augmentation.output, feed), digits[:5])
