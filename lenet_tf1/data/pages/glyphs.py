"""The shapes that synthetic pages are written with: each as the distance to its pen's path, for any pen to follow.

A glyph's map is uint8 [84, 84]: how far each place is from the path, in twelfths of a pixel; the path itself
fits into the middle 60 x 60. MNIST's digits are kept as they are too, in the same frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lenet_tf1.data import strokes

SIDE = 84  # of a map
BOX = 60  # of the path in it
UNITS = 12  # of a map for each of its pixels
_THIN = 12_000  # MNIST digits that are made thin: more would not make them more different
_OWN = 6_000
_LETTERS = 2_500
NO_DIGIT, UNCLEAR = 10, 11  # labels of letters and signs, and of letters that a digit may look like
_CLEAR_LETTERS = "ACEFHKLMNPRTUVWXYadefhkmnprtuvwx"
_UNCLEAR_LETTERS = "BDGIJOQSZbgijloqsyz"
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
_SCRIPTS = (cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)


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
    """

    maps: np.ndarray
    labels: np.ndarray
    sizes: np.ndarray


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
        The digits of data/strokes.py.
    printed : Shapes
        Digits of OpenCV's fonts and of seven segments.
    letters : Shapes
        Letters, printed and drawn, and signs; their labels are NO_DIGIT or UNCLEAR.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int, scale: float = 1.0) -> None:
        rng = np.random.default_rng([seed, 1])
        chosen = np.sort(rng.permutation(len(images))[: max(10, int(_THIN * scale))])
        self.grey = _framed(images, labels)
        self.thin = _thinned(images[chosen], labels[chosen])
        self.own = _drawn(strokes.DIGITS, max(20, int(_OWN * scale)), rng)
        self.printed = _printed("0123456789", rng)
        self.letters = _letters(max(20, int(_LETTERS * scale)), rng)


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
    return Shapes(maps, labels, sizes)


def _thinned(images: np.ndarray, labels: np.ndarray) -> Shapes:
    maps, sizes = [], []
    for start in range(0, len(images), 500):
        framed = _framed(images[start : start + 500], labels)
        large = [cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for image in framed.maps]
        ink = np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) > 110 for image in large])
        for line in thin(ink):
            one, size = _centered((line).astype(np.uint8))
            maps.append(one)
            sizes.append(size)
    return Shapes(np.stack(maps), labels, np.array(sizes, np.float32))


def thin(ink: np.ndarray) -> np.ndarray:
    """Lines one pixel wide in the middle of ink.

    Parameters
    ----------
    ink : ndarray
        Bool [n, height, width], empty at its border.

    Returns
    -------
    ndarray
        Bool [n, height, width].

    References
    ----------
    Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", Communications of the ACM 27(3), 1984.
    """
    ink = ink.copy()
    while True:
        removed = 0
        for table in _THINNING:
            code = np.zeros(ink.shape, np.uint8)
            for bit, (down, right) in enumerate(_AROUND):
                code |= np.roll(ink, (-down, -right), (1, 2)).astype(np.uint8) << np.uint8(bit)
            gone = ink & table[code]
            ink ^= gone
            removed += int(np.count_nonzero(gone))
        if not removed:
            return ink


_AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]  # P2 to P9 of the paper


def _thinning_tables() -> tuple[np.ndarray, np.ndarray]:
    # Whether a pixel may go, by the bits of its neighbours: one table for each half of an iteration.
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(axis=1)
    changes = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    p2, p4, p6, p8 = bits[:, [0, 2, 4, 6]].T
    may = (count >= 2) & (count <= 6) & (changes == 1)
    first = may & (p2 * p4 * p6 == 0) & (p4 * p6 * p8 == 0)
    return first, may & (p2 * p4 * p8 == 0) & (p2 * p6 * p8 == 0)


_THINNING = _thinning_tables()


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


def _shapes(lines: list[np.ndarray], labels: Sequence[int] | np.ndarray) -> Shapes:
    maps, sizes = zip(*[_centered(line) for line in lines], strict=True)
    return Shapes(np.stack(maps), np.array(labels, np.uint8), np.array(sizes, np.float32))


def _drawn(templates: dict[str, list[str]], n: int, rng: np.random.Generator) -> Shapes:
    lines, labels = [], rng.integers(10, size=n)
    for label in labels:
        kinds = templates[str(label)]
        template = strokes.hurried(kinds[rng.integers(len(kinds))], rng)
        widths = {1: (0.0, 1.3), 7: (0.75, 1.8)}.get(int(label), (0.5, 1.8))  # a very wide 1 is a 7
        lines.append(_line(template, rng, widths, rng.uniform(0.4, 1.1)))
    return _shapes(lines, labels)


def _line(
    template: str, rng: np.random.Generator, widths: tuple[float, float] = (0.3, 2.0), strength: float = 1.0
) -> np.ndarray:
    ink = strokes.draw(template, rng, height=BOX, pen=1, widths=widths, strength=strength)
    return (ink > 90).astype(np.uint8)


def _printed(characters: str, rng: np.random.Generator) -> Shapes:
    lines, labels = [], []
    for label, character in enumerate(characters):
        for font in _FONTS:
            for italic in (0, cv2.FONT_ITALIC):
                lines.append(_typed(character, font | italic))
                labels.append(label)
    for label, segments in enumerate(_SEGMENTS):
        for _ in range(3):
            lines.append(_line(" / ".join(_PLACES[s] for s in segments), rng, (0.8, 1.2), 0.05))
            labels.append(label)
    return _shapes(lines, labels)


_PLACES = {
    "a": "0,0 8,0",
    "b": "8,0 8,7",
    "c": "8,7 8,14",
    "d": "0,14 8,14",
    "e": "0,7 0,14",
    "f": "0,0 0,7",
    "g": "0,7 8,7",
}
_SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "gfabcd")


def _typed(character: str, font: int) -> np.ndarray:
    canvas = np.zeros([120, 140], np.uint8)
    scale = 6.0 if font & 7 == cv2.FONT_HERSHEY_PLAIN else 2.6
    cv2.putText(canvas, character, (30, 80), font, scale, 1, 1)
    return canvas


def _letters(n: int, rng: np.random.Generator) -> Shapes:
    lines, labels = [], []
    for _ in range(n):
        kind = rng.random()
        if kind < 0.25:
            lines.append(_line(strokes.OTHERS[rng.integers(len(strokes.OTHERS))], rng))
            labels.append(NO_DIGIT)
            continue
        clear = kind < 0.75
        letters = _CLEAR_LETTERS if clear else _UNCLEAR_LETTERS
        fonts = _SCRIPTS if rng.random() < 0.35 else _FONTS
        lines.append(_typed(letters[rng.integers(len(letters))], fonts[rng.integers(len(fonts))]))
        labels.append(NO_DIGIT if clear else UNCLEAR)
    return _shapes(lines, labels)
