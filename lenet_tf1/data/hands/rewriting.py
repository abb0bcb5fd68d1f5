"""MNIST's training digits written again: warped in their proportions, thinned or thickened, or with another pen."""

import functools
import math

import cv2
import numpy as np

from lenet_tf1.data.hands.hand import Hand
from lenet_tf1.data.normalize import brush

_SIDE = 84  # pixels: three times MNIST's 28, so that a pen's width is a matter of a third of one
_GRID = (np.mgrid[:_SIDE, :_SIDE].astype(np.float32) - (_SIDE - 1) / 2) / 30  # the digit's 20 pixels are -1..1


def rewritten(image: np.ndarray, h: Hand) -> np.ndarray:
    """One of MNIST's images, uint8 [28, 28], as another hand might have written it: ink, uint8 [84, 84]."""
    ink = warped(cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), h)
    kind = h.random()
    if kind < 0.35:
        return ink
    if kind < 0.65:  # thinner or bolder
        width = h.choice((2, 3, 4, 5))
        kernel = brush(width)
        # A thin line that is made thinner would be gone; its darkest pixels are lines two or three pixels wide.
        return cv2.dilate(ink, kernel) if h.maybe(0.5) or width > 3 else cv2.erode(ink, kernel)
    line = skeleton(ink > 127)
    return cv2.dilate(line * np.uint8(255), brush(h.randint(3, 11)))


def warped(ink: np.ndarray, h: Hand) -> np.ndarray:
    """Ink, uint8 [84, 84], in other proportions."""
    return cv2.remap(ink, *_warp(h), cv2.INTER_LINEAR)


def _warp(h: Hand) -> tuple[np.ndarray, np.ndarray]:
    # Where each pixel comes from, float32 [84, 84] twice, x and y: waves, proportions, a wedge, slant and width.
    y, x = _GRID
    x = x * math.exp(h.gauss(-0.06, 0.2)) + y * min(max(h.gauss(0, 0.15), -0.35), 0.35)
    y = y + x * min(max(h.gauss(0, 0.06), -0.15), 0.15)
    x = x * (1 + min(max(h.gauss(0, 0.12), -0.25), 0.25) * y)
    y, x = y + h.gauss(0, 0.1) * (y * y - 0.5), x + h.gauss(0, 0.06) * (x * x - 0.3)
    y = y + h.gauss(0, 0.03) * np.sin(3 * x) + h.gauss(0, 0.03) * np.sin(3 * y)
    x = x + h.gauss(0, 0.03) * np.sin(3 * y) + h.gauss(0, 0.03) * np.sin(3 * x)
    return x * 30 + (_SIDE - 1) / 2, y * 30 + (_SIDE - 1) / 2


def skeleton(mask: np.ndarray) -> np.ndarray:
    """The line in the middle of every stroke, one pixel wide (Zhang, Suen 1984): bool -> uint8 [rows, columns]."""
    line = np.pad(mask, 1).astype(np.uint8)
    tables, before = _removable(), -1
    while before != (before := cv2.countNonZero(line)):
        for table in tables:
            around = cv2.filter2D(line, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            line &= np.asarray(cv2.LUT(around, table), np.uint8)
    return line[1:-1, 1:-1]


# Bit i is the i-th neighbour, clockwise from the one above.
_NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


@functools.cache
def _removable() -> np.ndarray:
    # For each pattern of neighbours 1 where a pixel stays and 0 where it goes, in either half of a round.
    halves = np.ones([2, 256], np.uint8)
    for code in range(256):
        p = [code >> i & 1 for i in range(8)]
        turns = sum(not p[i] and p[(i + 1) % 8] for i in range(8))
        if 2 <= sum(p) <= 6 and turns == 1:
            halves[0, code] = p[2] and p[4] and (p[0] or p[6])
            halves[1, code] = p[0] and p[6] and (p[2] or p[4])
    return halves
