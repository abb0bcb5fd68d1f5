import numpy as np
import pytest

from lenet_tf1.data.normalize import VIEWS, as_mnist, narrowed, views


def test_mnists_own_digits_stay_what_they_are(mnist):
    moved = []
    for image in mnist.train.images[:200]:
        fitted = as_mnist(np.kron(image, np.ones([8, 8], np.uint8)))
        moved.append(np.corrcoef(fitted.ravel(), image.ravel())[0, 1])
    assert np.mean(moved) > 0.93


@pytest.mark.parametrize("shape", [(300, 40), (40, 300), (200, 200), (5, 5), (1, 1)])
def test_the_box_is_20_and_keeps_its_shape(shape):
    fitted = as_mnist(np.pad(np.full(shape, 255, np.uint8), ((7, 3), (2, 9))))
    assert fitted.shape == (28, 28)
    rows, columns = np.nonzero(fitted)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert max(height, width) == 20
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.2)


def test_the_centre_of_mass_is_in_the_middle():
    ink = np.zeros([100, 100], np.uint8)
    ink[:, 10:30] = 255
    ink[80:, 10:90] = 255
    fitted = as_mnist(ink).astype(float)
    assert (fitted.sum(axis=1) @ np.arange(28)) / fitted.sum() == pytest.approx(14, abs=0.6)
    assert (fitted.sum(axis=0) @ np.arange(28)) / fitted.sum() == pytest.approx(14, abs=0.6)


def test_a_thin_pen_does_not_fade_away():
    ink = np.zeros([400, 400], np.uint8)
    ink[50:350, 200:203] = 255
    ink[50:53, 120:280] = 255
    assert as_mnist(ink).max() > 200


def test_nothing_stays_nothing():
    assert not as_mnist(np.zeros([50, 50], np.uint8)).any()


@pytest.mark.parametrize(("width", "wanted"), [(100, 80), (10, 8), (1, 1)])
def test_four_fifths_as_wide(width, wanted):
    ink = np.full([30, width], 255, np.uint8)
    assert narrowed(ink).shape == (30, wanted)
    assert (narrowed(ink) == 255).all()


def test_views_are_of_the_same_digit_narrower_and_wider_and_leaning_either_way():
    ink = np.zeros([28, 28], np.uint8)
    ink[4:24, 9:12] = ink[4:24, 16:19] = 255  # two upright strokes, ten pixels wide together
    seen = views(ink)
    assert seen.shape == (VIEWS, 28, 28) and seen.dtype == np.uint8
    assert np.array_equal(seen[0], ink)
    inner = [np.count_nonzero(image[13:15].max(axis=0) > 127) for image in seen]
    spans = [np.ptp(np.flatnonzero(image[14] > 127)) for image in seen]
    assert min(inner) >= 2
    assert max(spans[1:3]) < spans[0] < min(spans[3:])
    leaning = [image[6].argmax() - image[21].argmax() for image in seen.astype(float)]
    assert leaning[1] > 0 > leaning[2] and leaning[3] > 0 > leaning[4]


def test_views_of_nothing_are_nothing():
    assert not views(np.zeros([28, 28], np.uint8)).any()
