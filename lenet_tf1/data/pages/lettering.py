"""Letters, signs and words for pages to have on them, printed and by hand, and digits in print."""

import functools
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lenet_tf1.data.hands import letters, pens
from lenet_tf1.data.hands.hand import any_hand
from lenet_tf1.data.hands.no_digits import OTHERS, parsed
from lenet_tf1.data.hands.rewriting import skeleton
from lenet_tf1.data.pages.shapes import NO_DIGIT, UNCLEAR, Shapes, path, shapes_of

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
_MORE_TYPES = (  # of words: bold and italic, and a typewriter's again
    "DejaVuSans-Bold",
    "DejaVuSerif-Bold",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmb10",
    "cmtt10",
)
CAPITAL = 24  # pixels: how high a printed word's capitals are, in the middle of its picture's height
_VOWELS, _CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"

Font = int | str  # OpenCV's, or the name of one that comes with Matplotlib


def digits_in_print(rng: np.random.Generator) -> Shapes:
    """Digits of OpenCV's and Matplotlib's fonts, and of seven segments."""
    lines, labels = [], []
    fonts: list[Font] = [*_FONTS, *(font | cv2.FONT_ITALIC for font in _PLOTTED)]
    for label, character in enumerate("0123456789"):
        for font in fonts:
            lines.append(_typed(character, font))
            labels.append(label)
    for label, segments in enumerate(_SEGMENTS):
        for _ in range(3):
            width, slant = 8 * rng.uniform(0.7, 1.1), rng.uniform(0, 0.15)
            ends = [np.array(_PLACES[s], float) * 4 for s in segments]
            lines.append(
                path([np.column_stack([line[:, 0] * width / 8 - slant * line[:, 1], line[:, 1]]) for line in ends])
            )
            labels.append(label)
    return shapes_of(lines, labels)


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
    ImageDraw.Draw(image).text((30, 95), character, 255, _face(font, 80), "ls")
    return skeleton(np.asarray(image) > 127)


@functools.cache
def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl  # late: it takes a while

    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), size)


def letters_in_print(n: int, rng: np.random.Generator) -> Shapes:
    """Letters of these fonts, and signs."""
    lines, labels = [], []
    for _ in range(n):
        kind = rng.random()
        if kind < 0.25:
            hand = any_hand(rng)
            lines.append(path(pens.written(parsed(hand.choice(OTHERS)), hand)))
            labels.append(NO_DIGIT)
            continue
        clear = kind < 0.75
        characters = _CLEAR_LETTERS if clear else _UNCLEAR_LETTERS
        fonts: tuple[Font, ...] = _SCRIPTS if rng.random() < 0.3 else _FONTS
        lines.append(_typed(characters[int(rng.integers(len(characters)))], fonts[int(rng.integers(len(fonts)))]))
        labels.append(NO_DIGIT if clear else UNCLEAR)
    return shapes_of(lines, labels)


def letters_by_hand(n: int, rng: np.random.Generator) -> Shapes:
    """Letters, and what Chinese characters are made of."""
    lines, labels = [], []
    for _ in range(n):
        hand = any_hand(rng)
        if hand.maybe(0.2):
            lines.append(path(pens.written(letters.character(hand), hand)))
            labels.append(NO_DIGIT)
            continue
        clear = hand.maybe(0.7)
        lines.append(path(pens.written(parsed(hand.choice(letters.CLEAR if clear else letters.UNCLEAR)), hand)))
        labels.append(NO_DIGIT if clear else UNCLEAR)
    return shapes_of(lines, labels)


def word(rng: np.random.Generator) -> np.ndarray:
    """A word in print: ink, uint8 [2 * CAPITAL, width]."""
    if rng.random() < 0.3:
        return _characters(rng)
    sounds = [(_VOWELS, _CONSONANTS)[i % 2] for i in range(int(rng.integers(3, 10)))]
    text = "".join(sound[int(rng.integers(len(sound)))] for sound in sounds)
    kind = rng.random()
    text = text.upper() if kind < 0.25 else text.capitalize() if kind < 0.6 else text
    names = (*_TYPES, *_MORE_TYPES)
    face = _face(names[int(rng.integers(len(names)))], CAPITAL * 10 // 7)
    image = Image.new("L", (int(face.getlength(text)) + 8, 2 * CAPITAL))
    ImageDraw.Draw(image).text((4, 1.5 * CAPITAL), text, 255, face, "ls")
    return np.asarray(image)


def _characters(rng: np.random.Generator) -> np.ndarray:
    pen, cells = int(rng.integers(1, 3)), []
    for _ in range(int(rng.integers(1, 8))):
        cell = np.zeros([2 * CAPITAL, CAPITAL + 4], np.uint8)
        strokes = letters.character(any_hand(rng))
        points = np.array([point for stroke in strokes for piece in stroke for point in piece])
        low, size = points.min(axis=0), np.ptp(points, axis=0).max()
        for stroke in strokes:
            placed = (np.array(stroke[0]) - low) / size * CAPITAL + [2, CAPITAL / 2]
            cv2.polylines(cell, [np.round(placed * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
        cells.append(cell)
    return np.concatenate(cells, axis=1)
