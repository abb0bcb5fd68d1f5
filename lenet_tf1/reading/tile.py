"""One digit left out of a dark tile, or a light one, as on a sign or where a picture's polarity was turned round.

And what is solid, and no digit.
"""

import cv2
import numpy as np

from lenet_tf1.data.ink import by_contrast
from lenet_tf1.reading.segmentation import Character

_GRAIN = 0.8  # pixels, the deviation of the Gaussian that is looked through
_CRUMB = 0.02  # of the tile, below which a piece apart is dirt; a digit's strokes may cut a tile into several pieces
_FULL = 0.5  # of its box, the least that a tile covers: digits cover less, but for 1s, which leave nothing out
_LEAST = 8  # pixels, its shorter side
_SOLID = 0.93  # of its convex hull, what a blot fills: of 28,000 digits of MNIST, USPS and pens none does
_AROUND, _LEAST_AROUND = 0.25, 8  # of its longer side, and pixels: as much around it tells what it lies on
_WIDE = 0.45  # of its longer side, the shorter one of a blot at least: else it is a 1


def left_out(grey: np.ndarray) -> Character | None:
    """What is left out of the tile in a picture, uint8 [height, width]; None where there is no tile."""
    tile, level, sign = _apart(grey)
    left, top, width, height = _box(tile)
    inside = np.s_[top : top + height, left : left + width]
    reaches_out = left == 0 or top == 0 or left + width == grey.shape[1] or top + height == grey.shape[0]
    if reaches_out or min(width, height) < _LEAST or tile[inside].mean() < _FULL:
        return None
    window = grey[inside]
    contrast = sign * (window - np.median(window[tile[inside]]))
    strong = contrast[sign * (window - level) > 0]
    if not len(strong):
        return None
    return Character((left, top, width, height), (by_contrast(contrast, strong) * 255).astype(np.uint8))


def is_blot(grey: np.ndarray, box: tuple[int, int, int, int]) -> bool:
    """Whether in a box of a picture, uint8 [height, width], is something solid: of a stain, ink is but the outline."""
    left, top, width, height = box
    # With as much around it as tells what it lies on: elsewhere the light may be another.
    margin = max(_LEAST_AROUND, round(_AROUND * max(width, height)))
    first = max(0, left - margin), max(0, top - margin)
    apart, _, _ = _apart(grey[first[1] : top + height + margin, first[0] : left + width + margin])
    inside = apart[top - first[1] :, left - first[0] :][:height, :width].astype(np.uint8)
    if not inside.any():
        return False
    hull = cv2.convexHull(cv2.findNonZero(inside))
    around = cv2.fillConvexPoly(np.zeros_like(inside), hull, 1) > 0
    sides = cv2.minAreaRect(hull)[1]
    return bool(inside[around].mean() >= _SOLID and min(sides) >= _WIDE * max(sides))


def _apart(grey: np.ndarray) -> tuple[np.ndarray, float, int]:
    # What is not like the picture's border: bool of its shape; the level between both; 1 if it is darker, or else -1.
    level, bright = cv2.threshold(cv2.GaussianBlur(grey, (0, 0), _GRAIN), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    is_darker = np.median(border) > 0
    return (bright == 0) == is_darker, level, 1 if is_darker else -1


def _box(tile: np.ndarray) -> tuple[int, int, int, int]:
    # Of what is more than crumbs: (left, top, width, height).
    _, labels, stats, _ = cv2.connectedComponentsWithStats(tile.astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    large = area >= _CRUMB * area[1:].sum()
    large[0] = False
    left, top, width, height = cv2.boundingRect(large[labels].astype(np.uint8))
    return left, top, width, height
