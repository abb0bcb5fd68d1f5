"""The shapes that synthetic pages are written with: each as the distance to its pen's path, for any pen to follow.

A glyph's map is uint8 [84, 84]: how far each place is from the path, in twelfths of a pixel; the path itself
fits into the middle 60 x 60. MNIST's digits are kept as they are too, in the same frame.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lenet_tf1.data.hands import pens
from lenet_tf1.data.hands.hand import Hand
from lenet_tf1.data.hands.no_digits import OTHERS, parsed
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.data.hands.rewriting import skeleton, warped

SIDE = 84  # of a map
BOX = 60  # of the path in it
UNITS = 12  # of a map for each of its pixels
_THIN = 12_000  # MNIST digits that are made thin: more would not make them more different
_OWN = 12_000
_LETTERS = 3_000
NO_DIGIT, UNCLEAR = 10, 11  # labels of letters and signs, and of letters that a digit may look like
_CLEAR_LETTERS = "ACEFHKLMNPRTUVWXYadefhkmnprtuvwx#%&?@"
_UNCLEAR_LETTERS = "BDGIJOQSZbgijloqsyz"
_PLOTTED = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
_SCRIPTS = (cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
_TYPES = (
    "DejaVuSans",
    "DejaVuSans-Oblique",
    "DejaVuSerif",
    "DejaVuSansMono",
    "STIXGeneral",
    "cmr10",
    "cmss10",
    "cmtt10",
)
_FONTS = (*_PLOTTED, *_TYPES)

Font = int | str  # OpenCV's, or the name of one that comes with Matplotlib


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
        The digits of data/hands.
    printed : Shapes
        Digits of OpenCV's and Matplotlib's fonts, and of seven segments.
    letters : Shapes
        Letters, printed and drawn, and signs; their labels are NO_DIGIT or UNCLEAR.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int, scale: float = 1.0) -> None:
        rng = np.random.default_rng([seed, 1])
        chosen = np.sort(rng.permutation(len(images))[: max(10, int(_THIN * scale))])
        self.grey = _framed(images, labels)
        self.thin = _thinned(images[chosen], labels[chosen], rng)
        self.own = _written(max(20, int(_OWN * scale)), rng)
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


def _thinned(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Shapes:
    # Every other one warped: writers whom MNIST has not.
    lines = []
    for i, image in enumerate(images):
        ink = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        ink = warped(ink, _hand(rng)) if i % 2 else ink
        lines.append(skeleton(cv2.GaussianBlur(ink, (0, 0), 1.5) > 110))
    return _shapes(lines, labels)


def _hand(rng: np.random.Generator) -> Hand:
    return Hand(int(rng.integers(2**62)))


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


def _written(n: int, rng: np.random.Generator) -> Shapes:
    lines, labels = [], []
    for _ in range(n):
        hand = _hand(rng)
        label = hand.randrange(10)
        lines.append(_path(pens.written(PROGRAMS[label](hand), hand, label)))
        labels.append(label)
    return _shapes(lines, labels)


def _path(strokes: Sequence[np.ndarray]) -> np.ndarray:
    # Strokes float [n, 2] as lines one pixel wide: uint8 of 0 and 1.
    low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
    width, height = np.ceil(np.max([stroke.max(axis=0) for stroke in strokes], axis=0) - low).astype(int) + 1
    canvas = np.zeros([height, width], np.uint8)
    cv2.polylines(
        canvas, [np.round((stroke - low) * 16).astype(np.int32) for stroke in strokes], False, 1, 1, cv2.LINE_8, 4
    )
    return canvas


def _printed(characters: str, rng: np.random.Generator) -> Shapes:
    lines, labels = [], []
    fonts: list[Font] = [*_FONTS, *(font | cv2.FONT_ITALIC for font in _PLOTTED)]
    for label, character in enumerate(characters):
        for font in fonts:
            lines.append(_typed(character, font))
            labels.append(label)
    for label, segments in enumerate(_SEGMENTS):
        for _ in range(3):
            width, slant = 8 * rng.uniform(0.7, 1.1), rng.uniform(0, 0.15)
            ends = [np.array(_PLACES[s], float) * 4 for s in segments]
            lines.append(
                _path([np.column_stack([line[:, 0] * width / 8 - slant * line[:, 1], line[:, 1]]) for line in ends])
            )
            labels.append(label)
    return _shapes(lines, labels)


_PLACES = {
    "a": [(0, 0), (8, 0)],
    "b": [(8, 0), (8, 7)],
    "c": [(8, 7), (8, 14)],
    "d": [(0, 14), (8, 14)],
    "e": [(0, 7), (0, 14)],
    "f": [(0, 0), (0, 7)],
    "g": [(0, 7), (8, 7)],
}
_SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "gfabcd")


def _typed(character: str, font: Font) -> np.ndarray:
    canvas: np.ndarray = np.zeros([120, 140], np.uint8)
    if isinstance(font, int):
        scale = 6.0 if font & 7 == cv2.FONT_HERSHEY_PLAIN else 2.6
        cv2.putText(canvas, character, (30, 80), font, scale, 1, 1)
        return canvas
    image = Image.fromarray(canvas)
    ImageDraw.Draw(image).text((30, 95), character, 255, _face(font), "ls")
    return skeleton(np.asarray(image) > 127)


@functools.cache
def _face(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl  # late: it takes a while

    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), 80)


def _letters(n: int, rng: np.random.Generator) -> Shapes:
    lines, labels = [], []
    for _ in range(n):
        kind = rng.random()
        if kind < 0.25:
            hand = _hand(rng)
            lines.append(_path(pens.written(parsed(hand.choice(OTHERS)), hand)))
            labels.append(NO_DIGIT)
            continue
        clear = kind < 0.75
        letters = _CLEAR_LETTERS if clear else _UNCLEAR_LETTERS
        fonts: tuple[Font, ...] = _SCRIPTS if rng.random() < 0.3 else _FONTS
        lines.append(_typed(letters[int(rng.integers(len(letters)))], fonts[int(rng.integers(len(fonts)))]))
        labels.append(NO_DIGIT if clear else UNCLEAR)
    return _shapes(lines, labels)
