"""What the page reader found, cut out of the picture as MNIST's digits are, for the second opinion on it."""

import cv2
import numpy as np

from lenet_tf1.data.normalize import as_mnist

_SIDE = 64  # pixels that a digit's longer side is made
_DARKEST = 40.0  # levels of paper below which strength is no longer relative
_ROOM = 0.35  # of that side that is looked at around it, to tell its ink from the paper


def cut_out(grey: np.ndarray, center: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, float]:
    """A digit's ink alone, fitted into MNIST's frame, and how strongly it differs from the paper.

    Parameters
    ----------
    grey : ndarray
        Uint8 [height, width].
    center, size : ndarray
        (x, y) and (width, height) in pixels.

    Returns
    -------
    image : ndarray
        Uint8 [28, 28].
    strength : float
        The difference as a share of the paper's brightness.
    """
    scale = _SIDE / max(size)
    width, height = (round(side * scale) for side in size)
    room = int(_ROOM * _SIDE)
    matrix = np.array(
        [[scale, 0, width / 2 + room - scale * center[0]], [0, scale, height / 2 + room - scale * center[1]]]
    )
    window = _smaller(grey, scale, matrix, (width + 2 * room, height + 2 * room))
    ink, strength = _ink(window, room)
    return as_mnist(_own(ink, room)), strength


def _smaller(grey: np.ndarray, scale: float, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    # Large digits would be sampled at too few of their pixels.
    if scale < 0.5:
        left, top = (int(v) for v in np.floor(-matrix[:, 2] / scale))
        right, bottom = left + int(size[0] / scale) + 1, top + int(size[1] / scale) + 1
        above, below = max(0, -top), max(0, bottom - grey.shape[0])
        before, after = max(0, -left), max(0, right - grey.shape[1])
        inside = grey[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        return cv2.resize(
            cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE),
            size,
            interpolation=cv2.INTER_AREA,
        )
    return cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _ink(window: np.ndarray, room: int) -> tuple[np.ndarray, float]:
    # By how much each pixel differs from the paper, to its side of it: uint8 of the same shape; and the most of it.
    paper = float(np.median(window))
    difference = cv2.GaussianBlur(window, (0, 0), 0.8).astype(np.float32) - paper
    inside = difference[room:-room, room:-room]
    low, high = np.percentile(inside, [4, 96])
    sign = 1 if high > -low else -1
    peak = max(high if sign > 0 else -low, 1.0)
    ink = (np.clip((sign * difference / peak - 0.25) / 0.5, 0, 1) * 255).astype(np.uint8)
    return ink, peak / max(paper, _DARKEST)


def _own(ink: np.ndarray, room: int) -> np.ndarray:
    # What hangs together, and lies in the digit's box for the most part.
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 100).astype(np.uint8), connectivity=8)
    box = labels[room - 4 : 4 - room, room - 4 : 4 - room]
    inside = np.bincount(box.ravel(), minlength=count)
    keep = (inside > 0.6 * stats[:, cv2.CC_STAT_AREA]) & (inside >= 12)
    keep[0] = False
    if not keep.any():
        keep = inside > 0
        keep[0] = False
    near = cv2.dilate(keep[labels].astype(np.uint8), np.ones([3, 3], np.uint8)) > 0
    out = np.where(near, ink, 0).astype(np.uint8)
    cut = np.zeros_like(out)
    cut[room - 6 : 6 - room, room - 6 : 6 - room] = out[room - 6 : 6 - room, room - 6 : 6 - room]
    return cut
