import cv2
import numpy as np
import pytest

from lenet_tf1.reading.signs import is_box, slashes


def test_long_ones_of_a_date_are_slashes():
    heights = np.array([20, 20, 26, 20, 20, 26, 20, 20, 20, 20.0])
    ones = heights > 25
    assert slashes(list(range(10)), heights, ones) == [2, 5]


def test_long_ones_elsewhere_are_ones():
    heights = np.array([20, 26, 20, 20, 26.0])
    assert slashes(list(range(5)), heights, heights > 25) == []
    assert slashes([0], heights, np.ones(5, bool)) == []


@pytest.mark.parametrize("shape", [(40, 30), (120, 40), (25, 90), (200, 200)])
@pytest.mark.parametrize("pen", [1, 2])
def test_empty_cells_are_boxes(shape, pen):
    cell = np.zeros(shape, np.uint8)
    cv2.rectangle(cell, (0, 0), (shape[1] - 1, shape[0] - 1), 255, 2 * pen - 1)
    assert is_box(cell)
    cell[shape[0] // 3 : shape[0] // 2, shape[1] // 3 : shape[1] // 2] = 255
    assert not is_box(cell)  # something is in it


@pytest.mark.parametrize("side", range(4))
def test_a_side_of_a_box_may_be_heavy(side):
    cell = np.zeros([300, 22] if side % 2 else [60, 40], np.uint8)
    cv2.rectangle(cell, (0, 0), (cell.shape[1] - 1, cell.shape[0] - 1), 255, 3)
    np.rot90(cell, side)[: round(0.28 * min(cell.shape))] = 255
    assert is_box(cell)


@pytest.mark.parametrize("side", range(4))
def test_a_cell_may_lose_a_side_and_no_more(side):
    cell = np.zeros([60, 40], np.uint8)
    cv2.rectangle(cell, (0, 0), (39, 59), 255, 3)
    np.rot90(cell, side)[:3, 3:-3] = 0
    assert is_box(cell)
    np.rot90(cell, side + 1)[:3, 3:-3] = 0
    assert not is_box(cell)


@pytest.mark.parametrize("axes", [(20, 20), (14, 25), (40, 70)])
@pytest.mark.parametrize("pen", [2, 7])
def test_zeros_are_no_boxes(axes, pen):
    zero = np.zeros([2 * axes[1] + pen, 2 * axes[0] + pen], np.uint8)
    cv2.ellipse(zero, (zero.shape[1] // 2, zero.shape[0] // 2), axes, 0, 0, 360, 255, pen)
    assert not is_box(zero)


def test_a_solid_bar_is_a_one():
    assert not is_box(np.full([60, 9], 255, np.uint8))
    assert not is_box(np.full([60, 2], 255, np.uint8))
