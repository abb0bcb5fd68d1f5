"""A picture's digits, found by the page reader's network, each with the second opinion of a classifier of digits."""

from collections.abc import Callable

import numpy as np

from lenet_tf1.data.normalize import SIDE
from lenet_tf1.data.remote import DIGITS
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.reading import crops, decoder, leveling, rows, turning
from lenet_tf1.reading.decoder import Found
from lenet_tf1.reading.detector import Candidates, Maps, detect
from lenet_tf1.reading.results import Digit, Line, judged
from lenet_tf1.reading.signs import slashes

Classify = Callable[[np.ndarray], np.ndarray]  # uint8 [n, 28, 28] -> float32 [n, 10]
Heat = list[tuple[float, np.ndarray]]  # for each size of a picture, its factor and float32 [height / 4, width / 4]

# Of the second opinion, in what is said of each digit. On 1,560 numbers on paper (seeds 74, 75) 1,490 were right with
# 0.1, 1,493, 1,494 and 1,496 with 0.2, 0.3 and 0.4; of photographs by strangers, 39 in 19 forms each, 92.8, 91.7 and
# 86.1 % with 0.2, 0.4 and 0.6.
SHARE = 0.3
# Both are taught to doubt. On numbers on paper with digits of MNIST's validation split (seed 78, 2,116 digits) this
# leaves a calibration error of 0.4 % instead of 2.7, on the photographs 0.5 instead of 3.1.
TOLD = Confidence(temperature=0.6)


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
        quarter or a half, the lines are those of the upright picture, and the Digits say how far it is turned. Boxes
        are upright in it, as wide and high as the digits are, even if the sheet lies askew.
    heat : list
        At each size of the picture as it was given, its factor, and where the network sees the middle of a digit: in
        0..1, at every fourth pixel.
    """

    def look(picture: np.ndarray) -> Candidates:
        return detect(picture, maps)

    candidates = look(grey)
    heat = [(float(scale), seen) for scale, seen in zip(candidates.scales, candidates.maps, strict=True)]
    found, upright, turned = turning.upright(grey, candidates, look)
    found, level, back = leveling.level(found, candidates, upright, look)
    found, images, lines = _read(found, level, classify)
    placed = turning.placed(leveling.placed(found, back), grey.shape, turned)
    digits = [_digit(placed, i, image, turned) for i, image in enumerate(images)]
    return [[[digits[i] for i in word] for word in line] for line in lines], heat


def _read(found: Found, picture: np.ndarray, classify: Classify) -> tuple[Found, np.ndarray, list[list[list[int]]]]:
    # What was found in a picture, without smudges and what shines through: with both opinions, as the second one
    # saw it, uint8 [n, 28, 28], and the lines, each a list of words, of those that are no signs.
    if not len(found):
        return found, np.zeros([0, SIDE, SIDE], np.uint8), []
    places = zip(found.centers, found.sizes, strict=True)
    cut, strengths = zip(*[crops.cut_out(picture, *place) for place in places], strict=True)
    images, strengths = np.stack(cut), np.array(strengths)
    strong = decoder.strong(strengths)
    found, images, strengths = found[strong], images[strong], strengths[strong]
    found = decoder.mixed(found, classify(images), SHARE)
    distinct = decoder.distinct(found.digits.max(axis=1), strengths)
    found, images = found[distinct], images[distinct]
    ones = found.digits.argmax(axis=1) == 1
    lines = rows.lines(found.centers, found.sizes)
    signs = {i for line in lines for i in slashes(line, found.centers, found.sizes, ones)}
    # A word has digits between its signs: none is left empty.
    return found, images, [[[i for i in word if i not in signs] for word in line] for line in lines]


def _digit(found: Found, i: int, image: np.ndarray, turned: int) -> Digit:
    probabilities, center, size = TOLD.calibrated(found.digits[i]), found.centers[i], found.sizes[i]
    left, top = (int(v) for v in np.round(center - size / 2))
    width, height = (max(1, int(v)) for v in np.round(size))
    return Digit(*judged(probabilities, DIGITS), (left, top, width, height), image, turned)
