import numpy as np

from lenet_tf1.reading.signs import slashes


def test_long_ones_of_a_date_are_slashes():
    heights = np.array([20, 20, 26, 20, 20, 26, 20, 20, 20, 20.0])
    ones = heights > 25
    assert slashes(list(range(10)), heights, ones) == [2, 5]


def test_long_ones_elsewhere_are_ones():
    heights = np.array([20, 26, 20, 20, 26.0])
    assert slashes(list(range(5)), heights, heights > 25) == []
    assert slashes([0], heights, np.ones(5, bool)) == []
