"""The form that what is written has: as the distance to its pen's path, for any pen to follow.

A map is uint8 [84, 84]: how far each place is from the path, in twelfths of a pixel; the path itself fits into the
middle 60 x 60.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 84  # of a map
BOX = 60  # of the path in it
UNITS = 12  # of a map for each of its pixels
NO_DIGIT, UNCLEAR = 10, 11  # labels of letters and signs, and of letters that a digit may look like


@dataclass(frozen=True)
class Shapes:
    """Glyphs of one kind, n of them.

    Attributes
    ----------
    maps : ndarray
        Uint8 [n, 84, 84]; of digits as they are, uint8 [n, 28, 28].
    labels : ndarray
        Uint8 [n]: 0 to 9, NO_DIGIT or UNCLEAR.
    sizes : ndarray
        Float32 [n, 2]: width and height of their paths in a map's pixels.
    tails : ndarray
        Float32 [n]: how much of the height hangs below the line.
    """

    maps: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray
    tails: np.ndarray


def shapes_of(
    lines: list[np.ndarray], labels: Sequence[int] | np.ndarray, tails: Sequence[float] | float = 0.0
) -> Shapes:
    """The Shapes of paths one pixel wide, each uint8 [height, width] of 0 and 1; `tails` as shares of their heights."""
    maps, sizes = zip(*[_centered(line) for line in lines], strict=True)
    both = np.array(sizes, np.float32)
    return Shapes(np.stack(maps), np.array(labels, np.uint8), both, both[:, 1] * np.array(tails, np.float32))


def _centered(line: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    # A path one pixel wide, uint8 [height, width] of 0 and 1, as a map, and its size there.
    left, top, width, height = cv2.boundingRect(line)
    margin = (SIDE - BOX) // 2
    line = np.pad(line[top : top + height, left : left + width], 2 * margin)
    distance = cv2.GaussianBlur(cv2.distanceTransform(1 - line, cv2.DIST_L2, 3), (0, 0), 1.0)
    distance = np.maximum(distance - 0.6, 0)  # what the smoothing added on the path
    scale = BOX / max(width, height, 1)
    matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float32)
    matrix[:, 2] = SIDE / 2 - scale * (np.array([width, height]) / 2 + 2 * margin)
    distance = cv2.warpAffine(distance, matrix, (SIDE, SIDE), borderValue=1000.0) * scale
    return np.minimum(distance * UNITS, 255).astype(np.uint8), (width * scale, height * scale)


def path(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Strokes, float [n, 2] each, as lines one pixel wide: uint8 of 0 and 1."""
    low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
    width, height = np.ceil(np.max([stroke.max(axis=0) for stroke in strokes], axis=0) - low).astype(int) + 1
    canvas = np.zeros([height, width], np.uint8)
    cv2.polylines(
        canvas, [np.round((stroke - low) * 16).astype(np.int32) for stroke in strokes], False, 1, 1, cv2.LINE_8, 4
    )
    return canvas
