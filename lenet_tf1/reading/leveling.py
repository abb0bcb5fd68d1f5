"""Sheets that lie askew, by less than a half of a right angle: read once more with their rows level."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from lenet_tf1.reading import rows, turning
from lenet_tf1.reading.decoder import Found, decode, evidence, sureness
from lenet_tf1.reading.detector import Candidates

Look = Callable[[np.ndarray], Candidates]
Seen = tuple[Found, np.ndarray, np.ndarray]  # what `level` returns

_FEWEST = 3  # digits: two say too little of their row's direction
_LEAST = np.deg2rad(3)  # of rows that slope, below which they are read as they are
_MOST = 1e8  # pixels, and bytes, of a rotated picture: a long strip becomes a huge one
# Some sheets lie so far askew that hardly a digit looks like one: they are looked at from two more sides. Of the 39
# photographs by strangers, rotated by 38 degrees, 71 % were read exactly without, and 92 with.
_TILT = np.deg2rad(30)
_PIXELS = 4e5  # of the picture there; rotated, it has up to twice as many
_READ = 0.6  # score times probability, as a mean over three digits or more, that is believed there,
_LONE = 0.75  # and over one or two;
_LEVEL = np.deg2rad(20)  # of two, how far off level one may stand beside the other,
_FLAGGED = 7  # and one alone is none: a 1 with an upstroke becomes it from aside


def level(found: Found, candidates: Candidates, picture: np.ndarray, look: Look) -> Seen:
    """What is found in a picture once its rows are level, if that is no less than before.

    A 7 that leans becomes a 1, and a 1 that leans too far is none.

    Parameters
    ----------
    found : Found
        What is found in the picture as it is.
    candidates : Candidates
        What may be digits in it, from whichever side.
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
    seen = _leveled((found, picture, np.eye(2, 3)), picture, _slope(found), look)
    warm = turning.warm_sizes(candidates)
    if sureness(seen[0]) >= turning.SURE or not len(warm):
        return seen
    small, _ = turning.smaller(picture, float(np.median(warm)), _PIXELS)
    return _leveled(seen, picture, _slope_from_aside(seen[0], small, look), look)


def _leveled(seen: Seen, picture: np.ndarray, slope: float, look: Look) -> Seen:
    # What is seen of a picture whose rows slope once they are level, if that is no less than what is seen already.
    turned = _rotated(picture, slope) if abs(slope) >= _LEAST else None
    if turned is None:
        return seen
    rotated, there = turned
    again = decode(look(rotated))
    return seen if evidence(again) < evidence(seen[0]) else (again, rotated, cv2.invertAffineTransform(there))


def _slope(found: Found) -> float:
    # Radians, downwards to the right, of the rows; 0 if there are too few digits to tell.
    if len(found) < _FEWEST:
        return 0.0
    return rows.direction(found.centers, float(np.median(found.sizes.max(axis=1))))


def _slope_from_aside(found: Found, picture: np.ndarray, look: Look) -> float:
    # The same, of rows that slope so much that more is found from there; 0 if it isn't.
    slope, least = 0.0, turning.SURER * evidence(found)
    for tilt in (-_TILT, _TILT):
        if (turned := _rotated(picture, tilt)) is None:
            return 0.0
        other = decode(look(turned[0]))
        if _is_believed(other) and evidence(other) > least:
            slope, least = tilt + _slope(other), evidence(other)
    return slope


def _is_believed(found: Found) -> bool:
    # Whether what is found from aside stands upright there. Three digits and more tell how their row slopes.
    if sureness(found) < (_READ if len(found) >= _FEWEST else _LONE) or not turning.tells(found):
        return False
    if len(found) == 2:
        across, down = np.abs(found.centers[1] - found.centers[0])
        return bool(np.arctan2(down, across) <= _LEVEL)
    return len(found) >= _FEWEST or bool(found.digits[0].argmax() != _FLAGGED)


def _rotated(picture: np.ndarray, slope: float) -> tuple[np.ndarray, np.ndarray] | None:
    # The picture so that rows that slope are level, and where its pixels are there, float64 [2, 3]; None if too large.
    height, width = picture.shape
    there = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), float(np.rad2deg(slope)), 1), np.float64)
    larger = np.ceil(np.abs(there[:, :2]) @ (width, height))
    there[:, 2] += (larger - (width, height)) / 2
    if larger.prod() > _MOST:
        return None
    size = int(larger[0]), int(larger[1])
    return cv2.warpAffine(picture, there, size, borderMode=cv2.BORDER_REPLICATE), there


def placed(found: Found, back: np.ndarray) -> Found:
    """The Found where it stands in the picture that was given: `back` is what `level` returns."""
    return replace(found, centers=found.centers @ back[:, :2].T + back[:, 2])
