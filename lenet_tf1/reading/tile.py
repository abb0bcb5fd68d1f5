"""One digit left out of a dark tile, or a light one, as on a sign or where a picture's polarity was turned round."""

import cv2
import numpy as np

from lenet_tf1.reading.segmentation import Character

_GRAIN = 0.8  # pixels, the deviation of the Gaussian that is looked through
_CRUMB = 0.02  # of the tile, below which a piece apart is dirt; a digit's strokes may cut a tile into several pieces
_FULL = 0.5  # of its box, the least that a tile covers: digits cover less, but for 1s, which leave nothing out
_LEAST = 8  # pixels, its shorter side
_PEAK, _FOOT, _RISE = 90, 0.2, 0.6  # of what is left out: its contrast, and where of it ink begins and how it grows


def left_out(grey: np.ndarray) -> Character | None:
    """What is left out of the tile in a picture, uint8 [height, width]; None where there is no tile."""
    level, bright = cv2.threshold(cv2.GaussianBlur(grey, (0, 0), _GRAIN), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    is_dark = np.median(border) > 0
    tile = (bright == 0) if is_dark else (bright > 0)
    left, top, width, height = _box(tile)
    inside = np.s_[top : top + height, left : left + width]
    reaches_out = left == 0 or top == 0 or left + width == grey.shape[1] or top + height == grey.shape[0]
    if reaches_out or min(width, height) < _LEAST or tile[inside].mean() < _FULL:
        return None
    sign = 1 if is_dark else -1
    lighter = sign * (grey[inside] - np.median(grey[inside][tile[inside]]))
    strong = lighter[sign * (grey[inside] - level) > 0]
    if not len(strong):
        return None
    peak = np.percentile(strong, _PEAK)
    ink = np.clip((lighter / peak - _FOOT) / _RISE, 0, 1)
    return Character((left, top, width, height), (ink * 255).astype(np.uint8))


def _box(tile: np.ndarray) -> tuple[int, int, int, int]:
    # Of what is more than crumbs: (left, top, width, height).
    _, labels, stats, _ = cv2.connectedComponentsWithStats(tile.astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    large = area >= _CRUMB * area[1:].sum()
    large[0] = False
    left, top, width, height = cv2.boundingRect(large[labels].astype(np.uint8))
    return left, top, width, height
