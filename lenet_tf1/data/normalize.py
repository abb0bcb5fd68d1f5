"""The ink of one character, fitted into 28 x 28 pixels as MNIST's were."""

import math

import cv2
import numpy as np

SIDE = 28  # pixels, the image's
_BOX = 20  # pixels, the longer side of the character's box
_MIDDLE = 14  # the row and column of the centre of mass: where it is in MNIST's own images, of 0..27

_LARGE = 300  # pixels: a larger box is made smaller first, since a character's shape needs no more
_THINNEST = 0.09  # of the box's longer side: MNIST's strokes are 2 to 3 of 20 pixels, and 0.09 are 1.8
_INSIDE = 127  # of 255, the ink above which a pixel is within the stroke when its width is measured
_NARROWER = 0.8  # times as wide: people draw wider than MNIST's writers wrote
# How else a hand might have written it: times as wide, and pixels aside for each row.
_OTHERWISE = ((0.8, -0.15), (0.8, 0.15), (1.25, -0.15), (1.25, 0.15))
_FINER = 2  # times as fine, in which it is bent
VIEWS = 1 + len(_OTHERWISE)


def as_mnist(ink: np.ndarray) -> np.ndarray:
    """Fit one character as MNIST's were: its box into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

    A pen that would be thinner than a pixel is made thicker first.

    Parameters
    ----------
    ink : numpy.ndarray
        uint8 [height, width], 0 background to 255 ink.

    Returns
    -------
    numpy.ndarray
        uint8 [28, 28]; an empty picture stays empty.

    References
    ----------
    Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits: there the box keeps its aspect ratio too.
    """
    box = trimmed(ink)
    return _fitted(_thick_enough(box)) if box.size else np.zeros([SIDE, SIDE], np.uint8)


def trimmed(ink: np.ndarray) -> np.ndarray:
    """The part of ink, [rows, columns], that has any."""
    left, top, width, height = cv2.boundingRect((ink > 0).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def _fitted(box: np.ndarray) -> np.ndarray:
    scale = _BOX / max(box.shape)
    height, width = (max(1, round(side * scale)) for side in box.shape)
    small = cv2.resize(box, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    mass = small.astype(np.float64) + 1e-9  # more than nothing, even if all of it was rounded away
    top, left = (
        int(np.clip(round(_MIDDLE - center), 0, SIDE - side))
        for center, side in [
            (mass.sum(axis=1) @ np.arange(height) / mass.sum(), height),
            (mass.sum(axis=0) @ np.arange(width) / mass.sum(), width),
        ]
    )
    fitted = np.zeros([SIDE, SIDE], np.uint8)
    fitted[top : top + height, left : left + width] = small
    return fitted


def narrowed(ink: np.ndarray) -> np.ndarray:
    """The ink, uint8 [height, width], at four fifths of its width."""
    size = (max(1, round(_NARROWER * ink.shape[1])), ink.shape[0])
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA)


def views(image: np.ndarray) -> np.ndarray:
    """One character as as_mnist fits it, and narrower and wider, leaning to the left and to the right.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [28, 28].

    Returns
    -------
    numpy.ndarray
        uint8 [VIEWS, 28, 28], the first the image itself.

    References
    ----------
    Ciresan, Meier and Schmidhuber, "Multi-column deep neural networks for image classification", CVPR 2012: there
    each network learns digits of another width, and all classify together.
    """
    ink = trimmed(image)
    if not ink.size:
        return np.stack([image] * VIEWS)
    return np.stack([image, *(_fitted(trimmed(_bent(ink, *way))) for way in _OTHERWISE)])


def _bent(ink: np.ndarray, wider: float, slant: float) -> np.ndarray:
    height, width = ink.shape
    room = 1 + abs(slant) * height / 2
    matrix = _FINER * np.array([[wider, slant, room - slant * height / 2], [0, 1, 1]])
    size = (math.ceil(_FINER * (wider * width + 2 * room)), _FINER * (height + 2))
    return cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_CUBIC)


def brush(width: int) -> np.ndarray:
    """A round one, `width` pixels wide, that makes ink bolder or finer: uint8 [width, width], 0 or 1."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))


def _thick_enough(box: np.ndarray) -> np.ndarray:
    # A ballpoint's stroke on a photograph would fade away.
    shrink = max(box.shape) / _LARGE
    if shrink > 1:
        box = cv2.dilate(box, np.ones([int(shrink) + 1] * 2, np.uint8))
        size = [max(1, round(side / shrink)) for side in box.shape[::-1]]
        box = cv2.resize(box, size, interpolation=cv2.INTER_AREA)
    wanted = _THINNEST * max(box.shape)
    missing = round(wanted - _thickness(box, wanted))
    if missing < 1:
        return box
    around = cv2.copyMakeBorder(box, missing, missing, missing, missing, cv2.BORDER_CONSTANT)
    return cv2.dilate(around, brush(missing + 1))


def _thickness(box: np.ndarray, otherwise: float) -> float:
    # Twice the median distance of the strokes' middle lines from where they end.
    distance = cv2.distanceTransform(np.pad((box > _INSIDE).astype(np.uint8), 1), cv2.DIST_L2, 3)
    ridge = distance[distance >= cv2.dilate(distance, np.ones([3, 3], np.uint8))]
    ridge = ridge[ridge > 0]
    return 2 * np.median(ridge) if len(ridge) else otherwise
