"""How the pictures of a data set were prepared, so that others are prepared in the same way to be recognised.

Handwriting is cut out of its page and fitted into 28 x 28 pixels as MNIST's was. Other pictures, of garments or of
letters that fill their frame, are taken whole.
"""

import cv2
import numpy as np

from lenet_tf1.data.ink import find_ink
from lenet_tf1.data.normalize import SIDE, as_mnist
from lenet_tf1.recipes import PREPARATIONS

HANDWRITING, LIGHT_ON_DARK, DARK_ON_LIGHT = PREPARATIONS

_LONGEST = 400  # pixels: one character's picture is made no longer before its ink is looked for
_LOOKED_AT = 1000  # images of a data set
_FITTED = (17, 25)  # pixels, the median longer side of the ink: 20 in MNIST, up to 24 in EMNIST, 28 in garments
_INK = 32  # of 255: what is fainter is an edge's blur
_CLEAR = 0.9  # of the images have nothing at their border


def preparation_of(images: np.ndarray) -> str:
    """How images uint8 [n, 28, 28] were prepared, one of recipes.PREPARATIONS.

    They are handwriting as MNIST has it if they are light on dark, and nearly all of them leave a margin around ink
    of about 20 pixels.
    """
    some = images[:: max(1, len(images) // _LOOKED_AT)]
    if np.median(_border(some)) >= 128:
        return DARK_ON_LIGHT
    ink = some > _INK
    clear = ~_border(ink).any(axis=1)
    sides = np.maximum(ink.any(axis=1).sum(axis=1), ink.any(axis=2).sum(axis=1))
    fitted = _FITTED[0] <= np.median(sides) <= _FITTED[1]
    return HANDWRITING if fitted and clear.mean() >= _CLEAR else LIGHT_ON_DARK


def as_whole(grey: np.ndarray, preparation: str) -> np.ndarray:
    """A whole picture, uint8 [height, width], as 28 x 28 pixels: uint8 [28, 28].

    It is made square with what its border is, and turned to the polarity of the data set's pictures.
    """
    ground = float(np.median(_border(grey[None])))
    if (ground >= 128) != (preparation == DARK_ON_LIGHT):
        grey, ground = 255 - grey, 255 - ground
    height, width = grey.shape
    if height != width:
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        square = np.full([side, side], round(ground), np.uint8)
        square[top : top + height, left : left + width] = grey
        grey = square
    if grey.shape == (SIDE, SIDE):
        return grey
    interpolation = cv2.INTER_AREA if len(grey) > SIDE else cv2.INTER_CUBIC
    return cv2.resize(grey, (SIDE, SIDE), interpolation=interpolation)


def as_one(grey: np.ndarray, preparation: str) -> np.ndarray:
    """A picture of one character or thing, uint8 [height, width], as 28 x 28 pixels: uint8 [28, 28].

    Of handwriting all ink is taken for one character's; other pictures are taken whole.
    """
    if preparation != HANDWRITING:
        return as_whole(grey, preparation)
    scale = _LONGEST / max(grey.shape)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return as_mnist(find_ink(grey))


def _border(images: np.ndarray) -> np.ndarray:
    # The outermost pixels of each, [n, pixels].
    return np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
