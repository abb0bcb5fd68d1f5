import cv2
import numpy as np
import pytest

from lenet_tf1.reading.signs import is_box, slashes


def a_line(*words, high=26.0, wide=14.0, gap=20.0):
    # Words of digits 20 pixels high and 12 wide, 4 apart; "/" is a 1 that is higher, "1" one as high as the others.
    centers, sizes, ones, line, x = [], [], [], [], 0.0
    for word in words:
        line.append(list(range(len(ones), len(ones) + len(word))))
        for sign in word:
            size = {"/": (wide, high), "1": (6, 20)}.get(sign, (12, 20))
            centers.append((x + size[0] / 2, 50))
            sizes.append(size)
            ones.append(sign in "/1")
            x += size[0] + 4
        x += gap - 4
    return line, np.array(centers, float), np.array(sizes, float), np.array(ones)


def test_long_ones_of_a_date_are_slashes():
    assert slashes(*a_line("02/03/4567")) == {2, 5}
    assert slashes(*a_line("8/9/21")) == {1, 3}
    assert slashes(*a_line("88", "02/03/4567")) == {4, 7}


def test_long_ones_elsewhere_are_ones():
    assert slashes(*a_line("2/33/")) == set()
    assert slashes(*a_line("/")) == slashes(*a_line("/", "/")) == set()
    assert slashes(*a_line("234/567")) == set()


@pytest.mark.parametrize(
    ("words", "slash"),
    [(("13", "07/7424"), 4), (("94/70", "3153"), 2), (("1", "8/73"), 2), (("1/1", "0268"), 1), (("20/4", "02"), 2)],
)
def test_a_slash_is_one_where_the_other_was_not_found(words, slash):
    assert slashes(*a_line(*words)) == {slash}
    assert slashes(*a_line(*words, high=22)) == set()  # hardly longer than digits
    assert slashes(*a_line(*words, wide=7)) == set()  # upright
    assert slashes(*a_line(*words, gap=45)) == set()  # far apart: two numbers
    assert slashes(*a_line("777", *words)) == {slash + 3}


@pytest.mark.parametrize("words", [("123", "07/74"), ("13", "/07"), ("13", "07/742"), ("1", "/", "73"), ("/3", "8/73")])
def test_other_words_with_a_long_one_are_numbers(words):
    assert slashes(*a_line(*words)) == set()


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
