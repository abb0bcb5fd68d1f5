"""A picture's digits, found by the page reader's network, each seconded by one for single digits."""

from collections.abc import Callable

import numpy as np

from lenet_tf1.reading import decoder, opinion, rows, turning
from lenet_tf1.reading.decoder import Found
from lenet_tf1.reading.detector import Maps, detect
from lenet_tf1.reading.results import Digit, Line
from lenet_tf1.reading.signs import slashes

Classify = Callable[[np.ndarray], np.ndarray]  # uint8 [n, 28, 28] -> float32 [n, 10]
Heat = list[tuple[float, np.ndarray]]  # for each size of a picture, its factor and float32 [height / 4, width / 4]


def read_page(grey: np.ndarray, maps: Maps, classify: Classify) -> tuple[list[Line], Heat]:
    """What is written in a picture, photographed, scanned or drawn.

    Parameters
    ----------
    grey : ndarray
        Uint8 [height, width].
    maps : callable
        Heat, digits and boxes of a picture's local contrast: inference.frozen_reader.FrozenReader.maps.
    classify : callable
        The probabilities of ten digits of images uint8 [n, 28, 28]: the second opinion.

    Returns
    -------
    lines : list
        Lines, each a list of words, each a list of Digits. A date's slashes are left out. If the picture is turned by a
        quarter or a half, the lines are those of the upright picture, and the Digits say how far it is turned.
    heat : list
        At each size of the picture as it was given, its factor, and where the network sees the middle of a digit: in
        0..1, at every fourth pixel.
    """
    candidates = detect(grey, maps)
    heat = [(float(scale), seen) for scale, seen in zip(candidates.scales, candidates.maps, strict=True)]
    found, upright, turned = turning.upright(grey, candidates, lambda picture: detect(picture, maps))
    return _lines(found, grey.shape, upright, turned, classify), heat


def _lines(found: Found, shape: tuple[int, ...], upright: np.ndarray, turned: int, classify: Classify) -> list[Line]:
    # What is written where digits were found in the upright picture; their places are those in the one of that shape.
    if not len(found):
        return []
    places = zip(found.centers, found.sizes, strict=True)
    cut, strengths = zip(*[opinion.cut_out(upright, *place) for place in places], strict=True)
    images, strengths = np.stack(cut), np.array(strengths)
    strong = decoder.strong(strengths)
    found, images, strengths = found[strong], images[strong], strengths[strong]
    found = decoder.mixed(found, classify(images), opinion.SHARE)
    distinct = decoder.distinct(found.digits.max(axis=1), strengths)
    found, images = found[distinct], images[distinct]
    labels = found.digits.argmax(axis=1)
    lines = rows.lines(found.centers, found.sizes)
    signs = {i for line in lines for word in line for i in slashes(word, found.sizes[:, 1], labels == 1)}
    placed = turning.placed(found, shape, turned)
    digits = [_digit(placed, i, image, turned) for i, image in enumerate(images)]
    kept = [[[digits[i] for i in word if i not in signs] for word in line] for line in lines]
    return [line for line in ([word for word in line if word] for line in kept) if line]


def _digit(found: Found, i: int, image: np.ndarray, turned: int) -> Digit:
    probabilities, center, size = found.digits[i], found.centers[i], found.sizes[i]
    best = int(probabilities.argmax())
    left, top = (int(v) for v in np.round(center - size / 2))
    width, height = (max(1, int(v)) for v in np.round(size))
    return Digit(str(best), float(probabilities[best]), probabilities, (left, top, width, height), image, turned)
