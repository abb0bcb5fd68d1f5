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


@pytest.mark.parametrize("degrees", [-20, 8, 15])
def test_rows_that_slope_are_read_level(recognizer, mnist, degrees):
    data, wanted = PICTURES["three lines"](np.random.default_rng(5), Digits(mnist.test))
    grey = images.decode(data)
    height, width = grey.shape
    grey = cv2.copyMakeBorder(grey, height // 2, height // 2, 0, 0, cv2.BORDER_REPLICATE)
    turn = cv2.getRotationMatrix2D((width / 2, height), -degrees, 1)
    askew = cv2.warpAffine(grey, turn, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    lines = recognizer.read(askew)
    assert texts(lines) == wanted
    for one, other in zip(digits(recognizer.read(grey)), digits(lines), strict=True):
        left, top, width, height = one.box
        expected = turn @ (left + width / 2, top + height / 2, 1)
        left, top, width, height = other.box
        assert np.abs(expected - (left + width / 2, top + height / 2)).max() <= 9  # of digits 90 pixels high


@pytest.mark.parametrize(
    ("given", "again", "shape", "looks"),
    [
        (row(2, 0.3), None, (300, 400), 0),  # too few
        (row(5, 0.02), None, (300, 400), 0),  # level enough
        (row(5, 0.3), None, (600, 50_000), 0),  # too much memory
        (row(5, 0.3), row(5, 0, probability=0.95), (300, 400), 1),
        (row(5, 0.3), row(4, 0), (300, 400), 1),  # less
    ],
)
def test_what_is_read_level_is_believed_if_it_is_no_less(monkeypatch, given, again, shape, looks):
    seen = []
    monkeypatch.setattr(leveling, "decode", lambda candidates: again)
    picture = np.zeros(shape, np.uint8)
    best, rotated, back = leveling.level(given, picture, lambda picture: seen.append(picture) or places(3, 0.9))
    assert len(seen) == looks
    better = again is not None and len(again) == 5
    assert best is (again if better else given)
    assert rotated is (seen[0] if better else picture)
    if better:
        angle = np.arctan2(back[1, 0], back[0, 0])
        assert angle == pytest.approx(0.3, abs=0.03)  # what is level there slopes here
    else:
        assert np.array_equal(back, np.eye(2, 3))
