"""Pictures that a camera turned by a quarter or a half without saying so."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from lenet_tf1.reading.decoder import Found, decode, evidence, sureness
from lenet_tf1.reading.detector import Candidates

# Of 2,340 pictures (benchmarks/numbers_on_paper.py, seeds 71 to 73) 7 of 2,160 upright ones are turned with these, and
# 3 of 180 turned ones are not turned back; of 39 photographs by strangers no upright one is, and of 63 with four digits
# that are turned 6 are not turned back. With probabilities squared in decoder.evidence and 1.1 here it was 20, 4, 0 and
# 6.
SURE = 0.8  # score times probability, as a mean over the digits: a picture that is read so surely stands upright
_READ = 0.68  # the same of another direction that is to be the right one: words on their side reach 0.63, numbers 0.76
SURER = 1.3  # times the evidence that is there, what another direction has to have
_FEWEST = 3  # digits: of fewer, 0, 1, 6, 8 and 9 say too little,
_TELLING = 0.6  # and the probability of at least one but 0 and 1, which bars and halves of an 8 look like on their side
_WARM = 0.3  # heat of as many places: blank paper is blank from all sides
_PIXELS = 8e5  # of a picture that is looked at from other sides: half of what is read,
_LARGE = 40.0  # pixels: digits that are larger, as far as the picture on its side tells, are looked at as large,
_CLEAR = 18.0  # and the smallest that are read as well there as in a larger picture


def upright(
    grey: np.ndarray, candidates: Candidates, look: Callable[[np.ndarray], Candidates]
) -> tuple[Found, np.ndarray, int]:
    """What is found in a picture, turned so that its digits stand upright.

    Parameters
    ----------
    grey : ndarray
        Uint8 [height, width].
    candidates : Candidates
        What may be digits in it as it is.
    look : callable
        From such a picture to that.

    Returns
    -------
    found : Found
        Of the picture as it was turned.
    picture : ndarray
        It.
    turned : int
        By how many degrees clockwise the given one was turned: 0, 90, 180 or 270.
    """
    found = decode(candidates)
    warm = warm_sizes(candidates)
    if sureness(found) >= SURE or len(warm) < _FEWEST:
        return found, grey, 0
    quarters, best, least = 0, found, SURER * evidence(found)
    small, factor = smaller(grey, float(np.median(warm)), _PIXELS)
    for tried in (1, 2, 3):
        other = decode(look(_turned(small, tried)))
        if len(other) >= _FEWEST and tells(other) and sureness(other) >= _READ and evidence(other) > least:
            quarters, best, least = tried, other, evidence(other)
    if not quarters:
        return found, grey, 0
    picture = _turned(grey, quarters)
    if factor < 1 and best.sizes.max(axis=1).min() < _CLEAR:
        return decode(look(picture)), picture, 90 * quarters
    return replace(best, centers=best.centers / factor, sizes=best.sizes / factor), picture, 90 * quarters


def _turned(grey: np.ndarray, quarters: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(grey, quarters))


def warm_sizes(candidates: Candidates) -> np.ndarray:
    """The longer sides of what may be digits in a picture, float [n]: of blank paper, none."""
    return np.asarray(candidates.sizes[candidates.heat >= _WARM].max(axis=1, initial=0))


def smaller(grey: np.ndarray, size: float, pixels: float) -> tuple[np.ndarray, float]:
    """A picture of so many pixels, for other sides, where its digits have that size; by how much it is smaller."""
    factor = min(np.sqrt(pixels / grey.size), _LARGE / size)
    if factor >= 1:
        return grey, 1.0
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)), factor


def tells(found: Found) -> bool:
    """Whether a digit but 0 and 1 is among those that were found."""
    return bool((found.digits[:, 2:].max(axis=1) >= _TELLING).any())


def placed(found: Found, shape: tuple[int, ...], turned: int) -> Found:
    """The Found where it stands in the picture of that shape, (height, width), before it was turned back."""
    height, width = shape
    x, y = found.centers.T
    if turned == 0:
        return found
    if turned == 180:
        return replace(found, centers=np.column_stack([width - x, height - y]))
    centers = [width - y, x] if turned == 90 else [y, height - x]
    return replace(found, centers=np.column_stack(centers), sizes=found.sizes[:, ::-1])
