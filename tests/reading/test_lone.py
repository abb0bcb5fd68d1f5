import math

import numpy as np
import pytest

from lenet_tf1.reading import settings
from lenet_tf1.reading.lone import is_same, is_within, least_probability, stands_alone
from lenet_tf1.reading.results import Digit

SHAPE = (200, 100)  # of the picture at half its size


def digit(box, turned=0):
    return Digit("0", 1.0, np.eye(10)[0], box, np.zeros([28, 28], np.uint8), turned)


@pytest.mark.parametrize(
    ("box", "is_one"),
    [
        ((80, 100, 40, 200), True),
        ((80, 100, 40, 120), False),  # small
        ((20, 160, 100, 60), True),  # wide enough
        ((0, 0, 20, 400), False),  # a cell's side
        ((0, 0, 200, 400), False),  # its frame
    ],
)
def test_a_large_digit_stands_alone_near_the_middle(box, is_one):
    assert stands_alone(box, SHAPE, 0.5) is is_one


def heat(hottest, column=20, row=30):
    # Of the picture at its size and at half of it: at the second one, (160, 240) is warm.
    small = np.zeros([50, 25], np.float32)
    small[row, column] = hottest
    return [(1.0, np.zeros([100, 50], np.float32)), (0.5, small)]


SMALL, LARGE = (140, 220, 40, 60), (60, 100, 80, 200)
WARM, COLD = settings.LONE_WARM + 0.01, settings.LONE_WARM - 0.01


@pytest.mark.parametrize(
    ("box", "seen", "heat", "least"),
    [
        (LARGE, [], heat(0), settings.LONE_SURE),
        (LARGE, [digit((0, 0, 20, 20))], heat(0), settings.LONE_SURE),
        (SMALL, [], heat(WARM), settings.LONE_CLEAR),
        (SMALL, [], heat(COLD), math.inf),
        (SMALL, [], heat(WARM, column=10), math.inf),  # elsewhere
        (SMALL, [], [], math.inf),
        (SMALL, [digit((142, 218, 40, 60))], [], settings.LONE_CLEAR),
        (SMALL, [digit((20, 20, 40, 60))], heat(WARM), math.inf),  # another one is seen
        ((390, 790, 10, 10), [], heat(WARM), math.inf),  # beyond the maps
    ],
)
def test_a_smaller_digit_has_to_be_clear_and_seen_by_the_page_reader(box, seen, heat, least):
    assert least_probability(digit(box), seen, SHAPE, 0.5, heat) == least


def test_what_stands_in_a_cell_is_within_it():
    assert is_within((100, 100, 40, 60), (40, 40, 50, 70), 0.5)
    assert not is_within((81, 100, 40, 60), (40, 40, 50, 70), 0.5)  # its side


def test_two_readings_of_the_same_ink():
    one = digit((10, 10, 40, 60))
    assert is_same([one], [digit((12, 8, 40, 60))])
    assert not is_same([one], [digit((50, 10, 40, 60))])
    assert not is_same([one], [digit((10, 10, 40, 60), turned=180)])
    assert not is_same([], [one])
    assert not is_same([one], [one, one])
