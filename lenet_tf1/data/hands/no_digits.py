"""What is no digit, to learn to be unsure of: letters, signs, scribbles, parts and pairs of digits.

What equals a digit is left out: an I is a 1, an O a 0, a Z a 2. So are halves that are digits themselves.
"""

from collections.abc import Callable

import cv2
import numpy as np

from lenet_tf1.data.hands import pens
from lenet_tf1.data.hands.hand import Hand, Strokes
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.data.normalize import trimmed

Drawer = Callable[[Hand], np.ndarray]

# Letters that no digit resembles, and signs. Ten units wide, fourteen high, y downwards. A stroke is a smooth curve
# through its points; | is a corner in it, / lifts the pen.
OTHERS = [
    "0,14 5,0 | 5,0 10,14 / 2,9 8,9",
    "1,0 1,14 / 9,0 9,14 / 1,7 9,7",
    "9,0 1,0 | 1,0 1,14 | 1,14 9,14 / 1,7 7,7",
    "1,0 1,14 / 9,0 1,7 | 1,7 9,14",
    "0,14 1,0 | 1,0 5,8 | 5,8 9,0 | 9,0 10,14",
    "0,0 3,14 | 3,14 5,5 | 5,5 7,14 | 7,14 10,0",
    "1,14 1,0 | 1,0 9,14 | 9,14 9,0",
    "0,0 10,14 / 10,0 0,14",
    "5,2 5,12 / 0,7 10,7",
    "0,7 10,7",
    "0,5 10,5 / 0,9 10,9",
    "3,0 3,14 / 7,0 7,14 / 0,4 10,4 / 0,9 10,9",
    "5,0 5,14 / 0,4 10,10 / 10,4 0,10",
    "1,3 4,0 8,2 7,6 5,8 5,10 / 5,13 5,14",
    "0,8 4,14 | 4,14 10,0",
    "0,4 2,1 4,4 6,7 8,4 10,1",
    "0,14 2,0 4,14 6,0 8,14 10,0",
    "5,7 6,6 7,8 4,9 3,5 7,3 10,8 6,13 0,10 1,3 7,0",
    "0,0 0,14 | 0,14 10,14",
    "2,0 5,14 | 5,14 8,0",
    "1,0 1,14 / 1,0 7,1 8,4 6,6 1,7 | 1,7 9,14",
    "5,0 0,14 | 0,14 10,14 | 10,14 5,0",
    "0,2 2,0 5,3 8,0 10,2 9,7 5,12 1,7 0,2",
]

CAPITALS = "ABCDEFGHJKMNPRTUVWXY" + "BCDG"  # those twice that are nearest to a digit
SMALL = "adefhkmnpruvwx@#&?%$+=*<{}"
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_LETTER = 60  # pixels that a letter is high
# The parts of a digit that are none: (from, to) of the width and of the height, and of which digits.
_PARTS = (
    ((0, 0.5), (0, 1), (2,)),
    ((0.5, 1), (0, 1), (2, 5)),
    ((0, 1), (0, 0.5), (5,)),
    ((0, 1), (0.55, 1), (2, 5)),
)


def parsed(template: str) -> Strokes:
    """A template of OTHERS in the form of a program's strokes."""
    return [
        [
            [(float(x), float(y)) for x, y in (point.split(",") for point in piece.split())]
            for piece in stroke.split("|")
        ]
        for stroke in template.split("/")
    ]


def no_digit(h: Hand, a_digit: Drawer) -> np.ndarray:
    """Something that is no digit: ink, uint8 [rows, columns].

    Parameters: `h` a Hand; `a_digit` a function of it that returns some digit's ink, for pairs.
    """
    kind = h.random()
    if kind < 0.32:
        return pair(h, a_digit)
    if kind < 0.44:
        return pens.ink_of(pens.written(parsed(h.choice(OTHERS)), h), h)
    if kind < 0.76:
        return letter(h)
    if kind < 0.83:
        return scribble(h)
    if kind < 0.91:
        return part(h)
    return shape(h)


def pair(h: Hand, a_digit: Drawer) -> np.ndarray:
    """Two digits that touch, or are close."""
    left, right = trimmed(a_digit(h)), trimmed(a_digit(h))
    gap = int(h.uniform(-0.12, 0.35) * min(left.shape[1], right.shape[1]))
    drop = int(h.uniform(-0.15, 0.15) * min(len(left), len(right)))
    top = max(0, -drop)
    height = max(top + len(left), top + drop + len(right))
    both = np.zeros([height, left.shape[1] + right.shape[1] + gap], np.uint8)
    both[top : top + len(left), : left.shape[1]] = left
    window = both[top + drop : top + drop + len(right), -right.shape[1] :]
    np.maximum(window, right, out=window)
    return both


def letter(h: Hand) -> np.ndarray:
    """A letter or sign of a plotter's font, turned, slanted and stretched, with a thin to a very bold pen."""
    character, font = h.choice(CAPITALS if h.maybe(0.65) else SMALL), h.choice(_FONTS)
    pen = h.choice((2, 3, 4, 6, 8, 11, 14, 18))
    canvas: np.ndarray = np.zeros([160, 160], np.uint8)
    cv2.putText(canvas, character, (45, 110), font, _LETTER / 22, 255, pen, cv2.LINE_AA)
    if h.maybe(0.3):  # bolder across than along, as printed letters are
        canvas = np.asarray(cv2.dilate(canvas, np.ones([1, h.randint(4, 12)], np.uint8)))
    if h.maybe(0.15):  # its outline
        canvas = np.asarray(cv2.morphologyEx(canvas, cv2.MORPH_GRADIENT, np.ones([5, 5], np.uint8)))
    matrix = np.array([[h.uniform(0.6, 1.2), h.gauss(-0.1, 0.15)], [h.gauss(0, 0.08), 0.9]])
    offset = np.array([80, 80]) - matrix @ [80, 80]
    return cv2.warpAffine(canvas, np.column_stack([matrix, offset]), (160, 160))


def scribble(h: Hand) -> np.ndarray:
    """A line without a plan, in one to three strokes."""
    strokes = []
    for _ in range(h.randint(1, 3)):
        strokes.append([[h.about(5, 7, 7) for _ in range(h.randint(5, 12))]])
    return pens.ink_of(pens.written(strokes, h), h)


def part(h: Hand) -> np.ndarray:
    """A part of a digit that is not a digit itself."""
    (left, right), (top, bottom), digits = h.choice(_PARTS)
    digit = h.choice(digits)
    ink = trimmed(pens.ink_of(pens.written(PROGRAMS[digit](h), h, digit), h, digit))
    rows, columns = ink.shape
    return ink[int(top * rows) : int(bottom * rows), int(left * columns) : int(right * columns)]


def shape(h: Hand) -> np.ndarray:
    """A patch: a filled polygon, perhaps with a hole, or a picture that is nearly all ink."""
    canvas = np.zeros([96, 96], np.uint8)
    for color in (255, 0)[: h.randint(1, 2)]:
        reach = 44 if color else 30
        corners = [h.about(48, 48, reach) for _ in range(h.randint(3, 7))]
        cv2.fillPoly(canvas, [np.array(corners, np.int32)], color, cv2.LINE_AA)
    return 255 - canvas if h.maybe(0.2) or not canvas.any() else canvas
