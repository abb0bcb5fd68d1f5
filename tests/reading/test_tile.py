"""A digit left out of a tile: found, dark or light, in pieces and among dirt; what is no tile, and what is a blot."""

import cv2
import numpy as np
import pytest

from lenet_tf1.reading.tile import is_blot, left_out


def sign(paper=230, tile=40):
    """A tile of 60 x 50 at (30, 20), cut in two by a stroke of the paper's grey."""
    grey = np.full([110, 120], paper, np.uint8)
    grey[20:80, 30:80] = tile
    cv2.line(grey, (55, 15), (50, 85), paper, 6)
    return grey


@pytest.mark.parametrize(("paper", "tile"), [(230, 40), (40, 230)])
def test_what_is_left_out_is_ink_and_the_tile_is_none(paper, tile):
    found = left_out(sign(paper, tile))
    assert found.box == (30, 20, 50, 60)
    assert found.ink.shape == (60, 50)
    assert found.ink.dtype == np.uint8
    assert found.ink[30, 20:25].min() == 255
    assert found.ink[:, :15].max() == found.ink[:, 35:].max() == 0


def test_dirt_around_it_makes_it_no_larger():
    grey = sign()
    grey[95:98, 100:103] = 0
    assert left_out(grey).box == (30, 20, 50, 60)


def test_grain_is_no_ink():
    grey = (sign() + np.random.default_rng(0).normal(0, 6, [110, 120])).clip(0, 255).astype(np.uint8)
    found = left_out(grey)
    left, top, _, _ = found.box
    assert found.ink[25 - top : 75 - top, 35 - left : 45 - left].max() < 96


@pytest.mark.parametrize(
    "grey",
    [
        np.full([50, 50], 200, np.uint8),
        cv2.circle(np.full([90, 90], 230, np.uint8), (45, 45), 30, 20, 8),  # a 0
        np.pad(np.full([40, 60], 20, np.uint8), ((0, 30), (30, 30)), constant_values=230),  # at the border
        np.pad(np.full([40, 4], 20, np.uint8), 30, constant_values=230),  # a 1
    ],
)
def test_what_is_no_tile(grey):
    assert left_out(grey) is None


def test_nothing_is_left_out_of_a_whole_tile():
    whole = left_out(np.pad(np.full([40, 60], 20, np.uint8), 30, constant_values=230))
    assert whole is None or not whole.ink.any()


@pytest.mark.parametrize(("paper", "ink"), [(230, 40), (40, 230)])
def test_a_filled_round_is_a_blot_and_a_ring_is_none(paper, ink):
    for thick, wanted in ((-1, True), (8, False)):
        grey = np.full([160, 140], paper, np.uint8)
        cv2.ellipse(grey, (70, 80), (40, 50), 0, 0, 360, ink, thick)
        assert is_blot(grey, (25, 25, 90, 110)) is wanted


def test_a_thick_one_is_no_blot():
    grey = np.full([160, 140], 230, np.uint8)
    cv2.rectangle(grey, (60, 30), (80, 130), 40, -1)
    assert not is_blot(grey, (60, 30, 21, 101))


def test_paper_on_a_desk_is_no_blot_where_the_box_is_a_digits():
    grey = np.full([160, 140], 40, np.uint8)
    grey[20:140, 20:120] = 230
    cv2.ellipse(grey, (70, 80), (20, 30), 0, 0, 360, 90, 5)
    assert not is_blot(grey, (47, 47, 46, 66))


def test_a_small_digit_in_uneven_light_is_no_blot():
    light = np.tile(np.linspace(140, 250, 400), (300, 1))
    ink = cv2.ellipse(np.zeros([300, 400]), (60, 200), (12, 16), 0, 0, 360, 1, 3)
    grey = (light * (1 - 0.4 * ink)).astype(np.uint8)
    assert not is_blot(grey, (46, 182, 29, 37))
    stain = cv2.ellipse(np.zeros([300, 400]), (60, 200), (12, 16), 0, 0, 360, 1, -1)
    assert is_blot((light * (1 - 0.4 * stain)).astype(np.uint8), (47, 183, 27, 35))


def test_nothing_is_no_blot():
    assert not is_blot(np.full([50, 50], 200, np.uint8), (10, 10, 20, 20))
