"""Arrays as people have them made what this package trains on: images uint8 [n, 28, 28], and labels from 0 on."""

import math

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.splits import NO_CLASS

SIDE = 28  # pixels
Arrays = tuple[np.ndarray, np.ndarray]  # images and labels
_LARGEST_SIDE = 4096  # pixels of an image that is made smaller
_AT_A_TIME = 4096  # images
_DIM = 64  # of 255: an image whose brightest pixel has less is on another scale, such as 0..16


def as_images(array: np.ndarray, name: str, report: Report = QUIET) -> np.ndarray:
    """Make images of 28 x 28 greys.

    Colours become grey. A margin around 28 x 28 pixels that is empty in every image is cut off, such as that of
    32 x 32 pixels; other sizes are made square with black, and resized.

    Parameters
    ----------
    array : ndarray
        [n, pixels], [n, height, width], with one, three or four channels last or first; of whole numbers or floats in
        0..255 or 0..1.
    name : str
        What errors and notes call it.
    report : Report
        Is told what was made of them.

    Returns
    -------
    ndarray
        uint8 [n, 28, 28].

    Raises
    ------
    InputError
        For another shape, or values that are no greys.
    """
    pixels = _in_rows(array, name)
    levels = _as_bytes(pixels, name, report)
    grey = _as_grey(levels)
    if levels.ndim == 4 and levels.shape[3] > 1:
        report.note(f"the colours of {name} are made grey")
    if grey.shape[1:] == (SIDE, SIDE):
        return np.ascontiguousarray(grey)
    was = f"{grey.shape[1]} x {grey.shape[2]}"
    if (cut := _without_margin(grey)) is not None:
        report.note(f"the empty margin of {name} is cut off: {was} pixels become {SIDE} x {SIDE}")
        return cut
    report.note(f"{name} is resized from {was} to {SIDE} x {SIDE} pixels")
    return _resized(grey)


def as_labels(array: np.ndarray, name: str) -> np.ndarray:
    """Make labels, int64 [n], of whole numbers [n] or [n, 1], floats that are whole, or one-hot rows [n, classes].

    Raises InputError for anything else.
    """
    shape = list(array.shape)
    if array.dtype.kind not in "iufb" or array.ndim not in (1, 2):
        raise InputError(f"{name} is {array.dtype} of shape {shape}, not labels: whole numbers [n], or one-hot rows")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        if not (np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()):
            raise InputError(f"{name} is of shape {shape}, but its rows are not one-hot")
        return array.argmax(axis=1)
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.floor(array)).all()):
        raise InputError(f"{name} is {array.dtype} with other than whole numbers, so it holds no labels")
    if len(array) and not -(2**62) < array.min() <= array.max() < 2**62:
        raise InputError(f"{name} holds labels from {array.min()} to {array.max()}; {NO_CLASS - 1} is the last")
    return array.astype(np.int64)


def from_zero(
    parts: dict[str, Arrays], classes: tuple[str, ...] | None, report: Report
) -> tuple[dict[str, Arrays], tuple[str, ...] | None]:
    """Move labels that count from 1 down by one, their numbers being the classes' names.

    Parameters
    ----------
    parts : dict
        Images and labels of each split.
    classes : tuple of str or None
        What a network that is there already tells apart: labels are moved only if it has those names.
    report : Report
        Is told.

    Returns
    -------
    parts : dict
        With labels from 0 on.
    names : tuple of str or None
        The classes', if labels were moved.
    """
    labels = [pair[1] for pair in parts.values() if len(pair[1])]
    lowest, highest = min((a.min() for a in labels), default=0), max((a.max() for a in labels), default=0)
    if lowest != 1 or highest > NO_CLASS:
        return parts, None
    names = tuple(str(label) for label in range(1, int(highest) + 1))
    if len(names) < 2 or (classes is not None and classes != names):
        return parts, None
    report.note(f"the labels count from 1 to {highest}; so do the classes' names")
    return {part: (images, labels - 1) for part, (images, labels) in parts.items()}, names


def _in_rows(array: np.ndarray, name: str) -> np.ndarray:
    # [n, height, width] or, with channels, [n, height, width, channels].
    shape = array.shape
    if array.dtype.kind not in "iufb":
        raise InputError(f"{name} is of type {array.dtype}, not images")
    if len(shape) == 2 and math.isqrt(shape[1]) ** 2 == shape[1] > 0:
        return array.reshape(shape[0], math.isqrt(shape[1]), -1)
    if len(shape) == 4 and shape[1] in (1, 3, 4) and shape[3] not in (1, 3, 4):
        array = np.moveaxis(array, 1, 3)
    sides = array.shape[1:3]
    channels = array.shape[3] if array.ndim == 4 else 1
    if array.ndim not in (3, 4) or channels not in (1, 3, 4) or not all(1 <= side <= _LARGEST_SIDE for side in sides):
        raise InputError(f"{name} is {array.dtype} of shape {list(shape)}, not images [n, height, width]")
    return array


def _as_bytes(array: np.ndarray, name: str, report: Report) -> np.ndarray:
    if not array.size:
        return array.astype(np.uint8)
    low, high = array.min(), array.max()
    if not 0 <= low <= high <= 255:  # false for what is not a number, too
        raise InputError(f"{name} holds values from {low} to {high}; greys are from 0 to 255, or from 0 to 1")
    factor = 255.0 if high <= 1 else 1.0
    if high == 1 and array.dtype.kind in "iu":
        report.note(f"{name} holds 0 and 1 alone, which are taken for black and white")
    if 1 < high < _DIM:
        report.note(f"{name} is dark: its brightest pixel has {high} of 255; it is taken as it is")
    if array.dtype == np.uint8 and factor == 1:
        return array
    result = np.empty(array.shape, np.uint8)
    for start in range(0, len(array), _AT_A_TIME):
        part = array[start : start + _AT_A_TIME]
        result[start : start + _AT_A_TIME] = np.rint(part.astype(np.float32) * factor)
    return result


def _as_grey(levels: np.ndarray) -> np.ndarray:
    if levels.ndim == 3:
        return levels
    if levels.shape[3] == 1:
        return levels[..., 0]
    grey = np.empty(levels.shape[:3], np.uint8)
    for start in range(0, len(levels), _AT_A_TIME):
        part = levels[start : start + _AT_A_TIME, ..., :3].astype(np.float32)
        grey[start : start + _AT_A_TIME] = np.rint(part @ np.array([0.299, 0.587, 0.114], np.float32))  # ITU-R BT.601
    return grey


def _without_margin(grey: np.ndarray) -> np.ndarray | None:
    # The middle 28 x 28 pixels, if there is nothing around them.
    height, width = grey.shape[1:]
    if min(height, width) < SIDE or max(height, width) > 2 * SIDE:
        return None
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    inside = grey[:, top : top + SIDE, left : left + SIDE]
    everything, within = (np.bitwise_or.reduce(part, axis=0) for part in (grey, inside))
    if np.count_nonzero(everything) != np.count_nonzero(within):
        return None
    return np.ascontiguousarray(inside)


def _resized(grey: np.ndarray) -> np.ndarray:
    import cv2  # which takes a while, and most sets don't need

    side = max(grey.shape[1:])
    top, left = ((side - length) // 2 for length in grey.shape[1:])
    square = np.zeros([side, side], np.uint8)
    result = np.empty([len(grey), SIDE, SIDE], np.uint8)
    for i, image in enumerate(grey):
        square[top : top + image.shape[0], left : left + image.shape[1]] = image
        result[i] = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC)
    return result
