"""The shapes that synthetic pages are written with.

MNIST's digits are kept as they are, too: their maps are ink in a frame that is three times smaller.
"""

import cv2
import numpy as np

from lenet_tf1.data.hands import pens
from lenet_tf1.data.hands.hand import any_hand
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.data.hands.regional import FORMS
from lenet_tf1.data.hands.rewriting import skeleton, warped
from lenet_tf1.data.pages import lettering
from lenet_tf1.data.pages.shapes import SIDE, Shapes, path, shapes_of

_THIN = 12_000  # MNIST digits that are made thin: more would not make them more different
_OWN = 15_000
_REGIONAL = 0.2  # of our own digits, in forms that are usual elsewhere
_TAILS, _TAILED = 0.15, (7, 9)  # of our own 7s and 9s, with a tail that hangs below the line, as long as another digit
_LETTERS = 3_000
_SCRIPT = 3_000
_WORDS = 2_000


class Glyphs:
    """All that pages are written with.

    Parameters
    ----------
    images, labels : ndarray
        Uint8 [n, 28, 28] and [n]: handwritten digits, as MNIST's splits have them.
    seed : int
        Of the shapes that are drawn.
    scale : float
        Of how many there are; 1.0 for training.

    Attributes
    ----------
    grey : Shapes
        The digits as they are: their maps are ink, 0 to 255, instead of distances.
    thin : Shapes
        The same digits' middle lines.
    own : Shapes
        The digits of data/hands.
    printed : Shapes
        Digits of OpenCV's and Matplotlib's fonts, and of seven segments.
    letters : Shapes
        Printed letters, and signs; their labels are NO_DIGIT or UNCLEAR.
    script : Shapes
        Letters that hands wrote, and other scripts' characters.
    words : list of ndarray
        Words as they are printed, uint8 [2 * CAPITAL, width]: ink, 0 to 255.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int, scale: float = 1.0) -> None:
        rng = np.random.default_rng([seed, 1])
        chosen = np.sort(rng.permutation(len(images))[: max(10, int(_THIN * scale))])
        self.grey = _framed(images, labels)
        self.thin = _thinned(images[chosen], labels[chosen], rng)
        self.own = _written(max(20, int(_OWN * scale)), rng)
        self.printed = lettering.digits_in_print(rng)
        self.letters = lettering.letters_in_print(max(20, int(_LETTERS * scale)), rng)
        self.script = lettering.letters_by_hand(max(20, int(_SCRIPT * scale)), rng)
        self.words = [lettering.word(rng) for _ in range(max(20, int(_WORDS * scale)))]


def _framed(images: np.ndarray, labels: np.ndarray) -> Shapes:
    # The digits' boxes in the middle of a frame, three times smaller than a map's.
    side = SIDE // 3
    maps = np.zeros([len(images), side, side], np.uint8)
    sizes = np.zeros([len(images), 2], np.float32)
    for i, image in enumerate(images):
        left, top, width, height = cv2.boundingRect((image > 60).astype(np.uint8))
        if not width:
            continue
        width, height = min(width, side), min(height, side)
        x, y = (side - width) // 2, (side - height) // 2
        maps[i, y : y + height, x : x + width] = image[top : top + height, left : left + width]
        sizes[i] = 3 * width, 3 * height
    return Shapes(maps, labels, sizes, np.zeros(len(images), np.float32))


def _thinned(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Shapes:
    # Every other one warped: writers whom MNIST has not.
    lines = []
    for i, image in enumerate(images):
        ink = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        ink = warped(ink, any_hand(rng)) if i % 2 else ink
        lines.append(skeleton(cv2.GaussianBlur(ink, (0, 0), 1.5) > 110))
    return shapes_of(lines, labels)


def _written(n: int, rng: np.random.Generator) -> Shapes:
    lines, labels, tails = [], [], []
    for _ in range(n):
        hand = any_hand(rng)
        label = hand.randrange(10)
        program = hand.choice(FORMS[label]) if hand.maybe(_REGIONAL) else PROGRAMS[label]
        strokes = pens.written(program(hand), hand, label)
        longer = hand.uniform(0.3, 1.1) if label in _TAILED and hand.maybe(_TAILS) else 0.0
        lines.append(path([_with_tail(stroke, longer) for stroke in strokes]))
        labels.append(label)
        tails.append(longer / (1 + longer))
    return shapes_of(lines, labels, tails)


def _with_tail(stroke: np.ndarray, longer: float) -> np.ndarray:
    # Float [n, 2] whose lower half is stretched, so that the whole becomes longer by a share of its height.
    x, y = stroke.T
    return np.stack([x, y + 2 * longer * np.maximum(y - pens.HEIGHT / 2, 0)], axis=1)
