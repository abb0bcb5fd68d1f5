"""Whether what is found alone in a picture is one large digit that fills it: no side of a cell, no stain."""

import numpy as np

from lenet_tf1.reading import settings
from lenet_tf1.reading.results import Box


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
