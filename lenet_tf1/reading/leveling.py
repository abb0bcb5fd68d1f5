"""Sheets that lie askew, by less than a half of a right angle: read once more with their rows level."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from lenet_tf1.reading import rows
from lenet_tf1.reading.decoder import Found, decode, evidence
from lenet_tf1.reading.detector import Candidates

_FEWEST = 3  # digits: two say too little of their row's direction
_LEAST = np.deg2rad(3)  # of rows that slope, below which they are read as they are
_MOST = 1e8  # pixels, and bytes, of a rotated picture: a long strip becomes a huge one


def level(
    found: Found, picture: np.ndarray, look: Callable[[np.ndarray], Candidates]
) -> tuple[Found, np.ndarray, np.ndarray]:
    """What is found in a picture once its rows are level, if that is no less than before.

    A 7 that leans becomes a 1, and a 1 that leans too far is none.

    Parameters
    ----------
    found : Found
        What is found in the picture as it is.
    picture : ndarray
        Uint8 [height, width].
    look : callable
        From such a picture to what may be digits in it.

    Returns
    -------
    found : Found
        Of the picture as it was rotated, or as it is.
    picture : ndarray
        It.
    back : ndarray
        Float64 [2, 3], from its pixels to those of the given one.
    """
    as_it_is = found, picture, np.eye(2, 3)
    if len(found) < _FEWEST:
        return as_it_is
    slope = rows.direction(found.centers, float(np.median(found.sizes.max(axis=1))))
    if abs(slope) < _LEAST:
        return as_it_is
    there, size = _rotation(picture.shape, slope)
    if size[0] * size[1] > _MOST:
        return as_it_is
    rotated = cv2.warpAffine(picture, there, size, borderMode=cv2.BORDER_REPLICATE)
    again = decode(look(rotated))
    if evidence(again) < evidence(found):
        return as_it_is
    return again, rotated, cv2.invertAffineTransform(there)


def _rotation(shape: tuple[int, ...], slope: float) -> tuple[np.ndarray, tuple[int, int]]:
    # Where the pixels of a picture of (height, width) go so that rows that slope downwards are level, float64 [2, 3],
    # and the width and height into which all of them fit.
    height, width = shape
    there = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), float(np.rad2deg(slope)), 1), np.float64)
    larger = np.ceil(np.abs(there[:, :2]) @ (width, height))
    there[:, 2] += (larger - (width, height)) / 2
    return there, (int(larger[0]), int(larger[1]))


def placed(found: Found, back: np.ndarray) -> Found:
    """The Found where it stands in the picture that was given: `back` is what `level` returns."""
    return replace(found, centers=found.centers @ back[:, :2].T + back[:, 2])
