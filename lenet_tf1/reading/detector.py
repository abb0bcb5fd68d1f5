"""Where digits may be in a picture: the reader's network, run on the picture at several sizes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from lenet_tf1.data.pages.contrast import local_contrast
from lenet_tf1.inference.confidence import softmax

Maps = Callable[[np.ndarray], Sequence[np.ndarray]]

STRIDE = 4  # pixels for each place of the network's maps
STEP = 1.4  # from one size of the picture to the next: each digit is seen at three of them
LEAST, MOST = 12.0, 44.0  # pixels, longer sides of the digits that the network tells at one size
_PIXELS = 1.6e6  # of the largest picture that is looked at: more takes longer than a second
_SMALL = 260  # pixels: a picture with a longer side that is smaller is looked at twice as large, too
_SMALLEST = 20  # pixels, of the shorter side of the smallest picture that is looked at
_MARGIN = 16  # pixels of paper that are put around each
_MULTIPLE = 16  # of the sides that the network takes
_FAINTEST = 0.2  # heat from which on a place is looked at
_MOST_FOUND = 600  # at each size, the hottest ones
_MOST = 2000  # at all sizes together: a page full of digits has some hundreds


@dataclass
class Candidates:
    """Places that may be digits, n of them.

    Attributes
    ----------
    centers, sizes : ndarray
        Float32 [n, 2], x and y, width and height, in the picture's pixels.
    heat : ndarray
        Float32 [n], how sure it is that a digit's middle is there, 0..1.
    digits : ndarray
        Float32 [n, 10], the probabilities of which.
    levels : ndarray
        Int [n], at which of the `scales` of the picture it was found.
    scales : ndarray
        Float [levels].
    maps : sequence of ndarray
        For each of them, float32 [height / 4, width / 4] in 0..1: where the middle of a digit is seen.
    """

    centers: np.ndarray
    sizes: np.ndarray
    heat: np.ndarray
    digits: np.ndarray
    levels: np.ndarray
    scales: np.ndarray
    maps: Sequence[np.ndarray] = ()


def scales(shape: tuple[int, ...]) -> np.ndarray:
    """The sizes at which a picture of (height, width) is looked at, as factors, the largest first."""
    height, width = shape
    first = min(1.0, np.sqrt(_PIXELS / (height * width)))
    if max(shape) < _SMALL:
        first = 2.0
    count = 1 + max(0, int(np.floor(np.log(first * min(shape) / _SMALLEST) / np.log(STEP))))
    return first / STEP ** np.arange(count)


def detect(grey: np.ndarray, maps: Maps) -> Candidates:
    """What may be digits in a picture.

    Parameters
    ----------
    grey : ndarray
        Uint8 [height, width].
    maps : callable
        From float32 [1, height, width, 1] to the network's heat, digit and box for it.
    """
    found, seen = [], []
    for level, look in enumerate(_looks(grey, maps)):
        ratio = np.array([grey.shape[1] / look.size[0], grey.shape[0] / look.size[1]])
        found.append(_peaks(look.heat, look.digit, look.box, ratio, level))
        seen.append(_unframed(look))
    centers, sizes, heats, digits, levels = (np.concatenate(column) for column in zip(*found, strict=True))
    hottest = np.argsort(-heats, kind="stable")[:_MOST]
    places = centers[hottest], sizes[hottest], heats[hottest], digits[hottest], levels[hottest]
    return Candidates(*places, scales=scales(grey.shape), maps=seen)


class _Look(NamedTuple):
    size: list[int]  # width and height of the picture as it was looked at
    heat: np.ndarray  # float32 [rows, columns] in 0..1
    digit: np.ndarray  # float32 [rows, columns, 10], logits
    box: np.ndarray  # float32 [rows, columns, 4]


def _looks(grey: np.ndarray, maps: Maps) -> Iterator[_Look]:
    # What the network makes of the picture at each of its sizes. The smaller ones of a large picture are made from its
    # first: each of fifty million pixels a dozen times takes longer than the network does.
    factors = scales(grey.shape)
    sizes = [[max(4, round(side * scale)) for side in grey.shape[::-1]] for scale in factors]
    if factors[0] < 1:
        grey = cv2.resize(grey, sizes[0], interpolation=cv2.INTER_AREA)
    paper = _paper_beyond(grey)
    for scale, size in zip(factors, sizes, strict=True):
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        framed = _framed(cv2.resize(grey, size, interpolation=way), paper)
        heat, digit, box = (one[0].astype(np.float32) for one in maps(local_contrast(framed)[None, ..., None]))
        yield _Look(size, 1 / (1 + np.exp(-heat[..., 0])), digit, box)


def _unframed(look: _Look) -> np.ndarray:
    # The heat within the picture; a copy, which doesn't keep the others.
    first, (columns, rows) = _MARGIN // STRIDE, (-(-side // STRIDE) for side in look.size)
    return look.heat[first : first + rows, first : first + columns].copy()


def _paper_beyond(grey: np.ndarray) -> np.ndarray:
    # The level of the paper at the picture's border, for what is put around it: uint8 [8, 8], coarse.
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.medianBlur(small, 31), (8, 8), interpolation=cv2.INTER_AREA)


def _framed(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    # With paper around, and sides that the network takes.
    height, width = (_MULTIPLE * -(-(side + 2 * _MARGIN) // _MULTIPLE) for side in grey.shape)
    framed = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    framed[_MARGIN : _MARGIN + grey.shape[0], _MARGIN : _MARGIN + grey.shape[1]] = grey
    return framed


def _peaks(p: np.ndarray, digit: np.ndarray, box: np.ndarray, ratio: np.ndarray, level: int) -> tuple[np.ndarray, ...]:
    # Centers, sizes, heat, digits and levels of the places that are hotter than those around.
    rows, columns = np.nonzero((p >= cv2.dilate(p, np.ones([3, 3], np.uint8))) & (p > _FAINTEST))
    if len(rows) > _MOST_FOUND:
        hottest = np.argsort(-p[rows, columns], kind="stable")[:_MOST_FOUND]
        rows, columns = rows[hottest], columns[hottest]
    offset, logs = np.split(box[rows, columns], 2, axis=1)
    sizes = np.exp(np.clip(logs, -2, 4)) * STRIDE
    centers = (np.column_stack([columns, rows]) + 0.5 + np.clip(offset, -2, 2)) * STRIDE - _MARGIN
    fits = (sizes.max(axis=1, initial=0) >= LEAST * 0.9) & (sizes.max(axis=1, initial=0) <= MOST * 1.1)
    levels = np.full(len(rows), level)
    parts = (centers * ratio, sizes * ratio, p[rows, columns], softmax(digit[rows, columns]), levels)
    return tuple(part[fits] for part in parts)
