import cv2
import numpy as np
import pytest
from pictures import PICTURES, Digits
from test_turning import found, places

from lenet_tf1.data import images
from lenet_tf1.reading import leveling
from lenet_tf1.reading.decoder import Found
from lenet_tf1.reading.results import digits, texts


def row(n, slope, probability=0.9):
    """Digits of 40 pixels beside each other, in a row that slopes."""
    centers = np.array([[100 + 45 * i * np.cos(slope), 100 + 45 * i * np.sin(slope)] for i in range(n)])
    sizes = np.full([n, 2], 40.0)
    return Found(centers, sizes, np.full(n, 0.9), found(n, 0.9, probability).digits)


@pytest.mark.parametrize("degrees", [-38, -20, 8, 15, 42])
def test_rows_that_slope_are_read_level(recognizer, mnist, degrees):
    data, wanted = PICTURES["three lines"](np.random.default_rng(5), Digits(mnist.test))
    grey = images.decode(data)
    grey = cv2.copyMakeBorder(grey, 200, 200, 50, 50, cv2.BORDER_REPLICATE)
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    askew = cv2.warpAffine(grey, turn, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    lines = recognizer.read(askew)
    assert texts(lines) == wanted
    for one, other in zip(digits(recognizer.read(grey)), digits(lines), strict=True):
        left, top, width, height = one.box
        expected = turn @ (left + width / 2, top + height / 2, 1)
        left, top, width, height = other.box
        assert np.abs(expected - (left + width / 2, top + height / 2)).max() <= 9  # of digits 90 pixels high


SURE, UNSURE = row(5, 0, probability=0.95), row(5, 0, probability=0.5)
LONE = found(1, 0.9, 0.9)


@pytest.mark.parametrize(
    ("given", "shape", "others", "best", "slope"),
    [
        (row(2, 0.3), (300, 400), [], None, 0),  # too few
        (row(5, 0.02), (300, 400), [], None, 0),  # level enough
        (row(5, 0.3), (600, 50_000), [], None, 0),  # too much memory
        (row(5, 0.3), (300, 400), [SURE], 0, 0.3),
        (row(5, 0.3), (300, 400), [row(4, 0)], None, 0),  # less
        # From aside, to the left and to the right, and level.
        (UNSURE, (300, 400), [UNSURE, SURE, SURE], 2, 0.52),
        (UNSURE, (300, 400), [SURE, UNSURE, SURE], 2, -0.52),
        (row(0, 0), (300, 400), [UNSURE, row(5, 0.17), SURE], 2, 0.7),
        (row(0, 0), (300, 400), [LONE, row(0, 0), LONE], 2, -0.52),
        (UNSURE, (300, 400), [UNSURE, UNSURE], None, 0),  # no more than before
        (row(0, 0), (300, 400), [found(2, 0.85, 0.8), row(0, 0)], None, 0),  # two, not sure enough
        (row(0, 0), (300, 400), [found(3, 0.9, 0.9, label=1), row(0, 0)], None, 0),  # slashes
        (row(0, 0), (300, 400), [found(1, 0.9, 0.9, label=7), row(0, 0)], None, 0),  # a 1 with an upstroke
        (row(0, 0), (300, 400), [row(2, 0.2), row(0, 0), row(2, 0)], 2, -0.52),
        (row(0, 0), (300, 400), [row(2, 0.5), row(2, -0.5)], None, 0),  # two that stood side by side
    ],
)
def test_what_is_read_level_is_believed_if_it_is_no_less(monkeypatch, given, shape, others, best, slope):
    seen = []
    monkeypatch.setattr(leveling, "decode", lambda candidates: others[len(seen) - 1])
    picture = np.zeros(shape, np.uint8)

    def look(picture):
        seen.append(picture)
        return places(3, 0.9)

    result, rotated, back = leveling.level(given, places(3, 0.9), picture, look)
    assert len(seen) == len(others)
    assert result is (given if best is None else others[best])
    assert rotated is (picture if best is None else seen[best])
    if best is None:
        assert np.array_equal(back, np.eye(2, 3))
    else:
        assert np.arctan2(back[1, 0], back[0, 0]) == pytest.approx(slope, abs=0.03)  # what is level there slopes here


def test_what_is_blank_is_not_looked_at_from_aside():
    picture = np.zeros([300, 400], np.uint8)
    assert leveling.level(row(0, 0), places(9, 0.2), picture, None)[1] is picture


def test_large_pictures_are_looked_at_small_from_aside(monkeypatch):
    monkeypatch.setattr(leveling, "decode", lambda candidates: row(0, 0))
    looks = []
    picture = np.zeros([3000, 4000], np.uint8)
    leveling.level(row(0, 0), places(3, 0.9, size=36), picture, lambda one: looks.append(one) or places(0, 0))
    assert [one.size < 8e5 for one in looks] == [True, True]
