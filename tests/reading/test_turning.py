import numpy as np
import pytest
from pictures import PICTURES, Digits

from lenet_tf1.data import images
from lenet_tf1.reading import turning
from lenet_tf1.reading.decoder import Found
from lenet_tf1.reading.detector import Candidates
from lenet_tf1.reading.results import digits, texts, turned


def found(n, score, probability, size=4.0, label=3):
    p = np.full([n, 10], (1 - probability) / 9)
    p[:, label] = probability
    return Found(np.full([n, 2], 5.0), np.full([n, 2], size), np.full(n, score), p)


def places(n, heat, size=4.0):
    """Candidates that are as warm."""
    centers, sizes = np.ones([n, 2]), np.full([n, 2], size)
    return Candidates(centers, sizes, np.full(n, heat), np.ones([n, 10]), np.zeros(n, int), np.ones(1))


@pytest.fixture
def looks(monkeypatch):
    """What is found in the four directions, and what was looked at."""

    def answers(*found):
        asked = []

        def look(picture):
            asked.append(picture)
            return places(3, 0.9)

        monkeypatch.setattr(turning, "decode", lambda candidates: found[len(asked)])
        return look, asked

    return answers


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("name", ["three lines", "ruled paper"])
def test_turned_pictures_are_read_as_if_upright(recognizer, mnist, name, quarters):
    data, wanted = PICTURES[name](np.random.default_rng(5), Digits(mnist.test))
    grey = images.decode(data)
    upright = recognizer.read(grey)
    lines = recognizer.read(np.ascontiguousarray(np.rot90(grey, -quarters)))
    assert texts(lines) == wanted and turned(upright) == 0
    assert turned(lines) == 90 * quarters
    for one, other in zip(digits(upright), digits(lines), strict=True):
        left, top, width, height = one.box
        points = np.zeros(grey.shape, bool)
        points[top : top + height, left : left + width] = True
        rows, columns = np.nonzero(np.rot90(points, -quarters))
        assert np.abs(np.array(other.box[:2]) - (columns.min(), rows.min())).max() <= 6  # of digits 90 pixels high
        assert abs(other.box[2] - np.ptp(columns)) <= 6 and abs(other.box[3] - np.ptp(rows)) <= 6


def test_what_is_sure_is_looked_at_once(looks):
    look, asked = looks(found(4, 0.95, 0.95))
    assert turning.upright(np.zeros([30, 20], np.uint8), places(3, 0.9), look)[2] == 0
    assert not asked


@pytest.mark.parametrize("candidates", [places(9, 0.2), places(2, 0.9)])
def test_what_is_nearly_blank_is_looked_at_once(looks, candidates):
    look, asked = looks(found(0, 0, 0))
    assert turning.upright(np.zeros([30, 20], np.uint8), candidates, look)[2] == 0
    assert not asked


def test_small_digits_of_large_pictures_are_tried_small_and_read_large(looks):
    look, asked = looks(found(0, 0, 0), found(3, 0.9, 0.9), found(0, 0, 0), found(0, 0, 0), found(3, 0.9, 0.9))
    _, picture, angle = turning.upright(np.zeros([2000, 3000], np.uint8), places(3, 0.9), look)
    assert angle == 90 and picture.shape == (3000, 2000)
    assert [one.shape for one in asked[:3]] == [(1095, 730), (730, 1095), (1095, 730)]
    assert asked[3].shape == (3000, 2000)


def test_large_digits_are_read_small(looks):
    look, asked = looks(found(0, 0, 0), found(3, 0.9, 0.9, size=36), found(0, 0, 0), found(0, 0, 0))
    best, picture, angle = turning.upright(np.zeros([2000, 3000], np.uint8), places(3, 0.9, size=400), look)
    assert angle == 90 and picture.shape == (3000, 2000)
    assert [one.shape for one in asked] == [(300, 200), (200, 300), (300, 200)]
    assert np.allclose(best.sizes, 360) and np.allclose(best.centers, 50)


@pytest.mark.parametrize(
    ("given", "other", "degrees"),
    [
        (found(5, 0.7, 0.6), found(5, 0.9, 0.95), 180),
        (found(0, 0, 0), found(3, 0.85, 0.85), 180),
        (found(0, 0, 0), found(9, 0.75, 0.85), 0),  # words on their side
        (found(5, 0.8, 0.85), found(5, 0.8, 0.86), 0),  # hardly better
        (found(1, 0.7, 0.7), found(2, 1.0, 1.0), 0),  # 6 and 9 are digits both ways
        (found(1, 0.7, 0.7), found(3, 1.0, 1.0, label=1), 0),  # minus eight, on its side
    ],
)
def test_only_what_is_much_surer_is_believed(looks, given, other, degrees):
    look, asked = looks(given, found(0, 0, 0), other, found(0, 0, 0))
    best, picture, angle = turning.upright(np.zeros([30, 20], np.uint8), places(3, 0.9), look)
    assert angle == degrees and len(asked) == 3
    assert best.scores is (other if degrees else given).scores
    assert picture.shape == (30, 20)


@pytest.mark.parametrize(
    ("turned", "center", "size"),
    [(0, (3, 5), (2, 4)), (90, (95, 3), (4, 2)), (180, (97, 45), (2, 4)), (270, (5, 47), (4, 2))],
)
def test_places_in_the_picture_as_it_was_given(turned, center, size):
    one = Found(np.array([[3.0, 5.0]]), np.array([[2.0, 4.0]]), np.ones(1), np.ones([1, 10]))
    there = turning.placed(one, (50, 100), turned)
    assert tuple(there.centers[0]) == center and tuple(there.sizes[0]) == size
