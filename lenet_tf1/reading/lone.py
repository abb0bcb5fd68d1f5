"""Whether what is found alone in a picture is one digit: no side of a cell, no stain, no sheet."""

import math
from collections.abc import Sequence

import numpy as np

from lenet_tf1.reading import settings
from lenet_tf1.reading.decoder import overlap
from lenet_tf1.reading.detector import STRIDE
from lenet_tf1.reading.page_reader import Heat
from lenet_tf1.reading.results import Box, Digit


def least_probability(digit: Digit, seen: Sequence[Digit], shape: tuple[int, ...], factor: float, heat: Heat) -> float:
    """How probable a digit that the rules have found alone in a picture has to be, to be one.

    Parameters
    ----------
    digit : Digit
        It, in the picture's pixels.
    seen : sequence of Digit
        What the page reader has found there.
    shape : tuple of int
        (height, width) of the picture, smaller by `factor`.
    factor : float
        At most 1.
    heat : list
        What else the page reader has seen: see reading.page_reader.read_page.

    Returns
    -------
    float
        Of one that doesn't fill its picture more than of one that does; infinite where the page reader sees nothing at
        all, or something else.
    """
    if stands_alone(digit.box, shape, factor):
        return settings.LONE_SURE
    agrees = is_same(seen, [digit]) if seen else _is_warm(digit.box, heat)
    return settings.LONE_CLEAR if agrees else math.inf


def _is_warm(box: Box, heat: Heat) -> bool:
    # Whether the page reader sees something in the middle of a box. A map has a value for every fourth pixel.
    hottest = 0.0
    for factor, seen in heat:
        start, end = (factor / STRIDE * (np.array(box[:2]) + share * np.array(box[2:])) for share in (1 / 3, 2 / 3))
        (left, top), (right, bottom) = np.floor(start).astype(int), np.ceil(end).astype(int) + 1
        hottest = max(hottest, float(seen[top:bottom, left:right].max(initial=0)))
    return hottest >= settings.LONE_WARM


def stands_alone(box: Box, shape: tuple[int, ...], factor: float) -> bool:
    """Whether a box is where one large digit would be.

    Parameters
    ----------
    box : tuple of int
        (left, top, width, height) of what is found, in the picture's pixels.
    shape : tuple of int
        (height, width) of the picture, smaller by `factor`.
    factor : float
        At most 1.
    """
    start, size = factor * np.array([box[1], box[0]]), factor * np.array([box[3], box[2]])
    end = start + size
    if (size / shape).max() < settings.LONE_LARGE:
        return False
    if np.abs((start + end) / 2 / shape - 0.5).max() > settings.LONE_ASIDE:
        return False
    is_frame = (start <= factor).all() and (end >= np.subtract(shape, factor)).all()
    return not is_frame


def is_within(box: Box, other: Box, factor: float) -> bool:
    """Whether a digit's box lies within another's, as on a sheet or in a cell, which is then no digit itself.

    Parameters
    ----------
    box : tuple of int
        (left, top, width, height) in the picture's pixels.
    other : tuple of int
        The same in a picture smaller by `factor`.
    factor : float
        At most 1.
    """
    start, size = np.array(other[:2]) / factor, np.array(other[2:]) / factor
    margin = settings.LONE_WITHIN * size
    return bool((box[:2] >= start + margin).all() and (np.add(box[:2], box[2:]) <= start + size - margin).all())


def is_same(digits: Sequence[Digit], others: Sequence[Digit]) -> bool:
    """Whether both are one digit, upright alike and in the same place: two readings of the same ink."""
    if len(digits) != 1 or len(others) != 1 or digits[0].turned != others[0].turned:
        return False
    boxes = np.array([digits[0].box, others[0].box])
    boxes[:, 2:] += boxes[:, :2]
    of_both, _ = overlap(boxes[0], boxes[1:])
    return bool(of_both[0] >= settings.LONE_SAME)
