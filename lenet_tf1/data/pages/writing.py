"""A sheet that is written on: digits, letters and lines by one hand, and where the digits came to be."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.pages.lettering import CAPITAL
from lenet_tf1.data.pages.shapes import BOX, SIDE, UNCLEAR, UNITS, Shapes

_KINDS = ("grey", "thin", "own", "printed")
_SHARES = (0.28, 0.33, 0.33, 0.06)  # of pages in each of these
_BLEND = 0.25  # how often a digit of a page is of another kind
_THINNEST, _THICKEST = 0.012, 0.22  # pens, of a digit's height
_LEANING = 0.15  # by how much 1s lean other than the rest, of their height: a stroke is soon askew
_FADING, _HOLLOW = 0.12, 0.03  # of hands: whose digits differ in strength, and are outlines alone
_OUTLINED = (0.13, 0.27)  # how thick these are, of a digit's height
_LEAST = 0.55  # pixels of a pen: what is thinner is drawn fainter


@dataclass
class Mark:
    """A digit, or what it is unclear whether it is one.

    Attributes
    ----------
    label : int
        0 to 9, or UNCLEAR.
    box : tuple of int
        Left, top, right and bottom of its ink in pixels. It may lie outside the sheet in part.
    """

    label: int
    box: tuple[int, int, int, int]


@dataclass
class Hand:
    """How one person writes.

    Attributes
    ----------
    kind : str
        Of the digits: which of the Glyphs.
    pen : float
        Its width, of a digit's height.
    slant : float
        How far digits lean over, of their height.
    width : float
        Of digits, as a factor.
    unsteady : float
        How much digits differ, from 0.
    letters : str
        Which of the Glyphs its letters are: on a form they are printed.
    fading : float
        How much fainter some of its digits are than others, 0 to 1.
    hollow : bool
        Whether it draws outlines instead of strokes, but of digits as MNIST has them.
    """

    kind: str
    pen: float
    slant: float
    width: float
    unsteady: float
    letters: str
    fading: float
    hollow: bool


def a_hand(rng: np.random.Generator) -> Hand:
    """Any hand."""
    hollow = rng.random() < _HOLLOW
    pen = np.exp(rng.uniform(np.log(_THINNEST), np.log(_THICKEST)))
    if rng.random() < 0.6:  # most pens
        pen = rng.uniform(0.05, 0.15)
    if hollow:
        pen = rng.uniform(*_OUTLINED)
    return Hand(
        kind=str(rng.choice(_KINDS, p=_SHARES)),
        pen=float(pen),
        slant=float(rng.normal(0, 0.18)),
        width=float(np.exp(rng.normal(0, 0.2))),
        unsteady=float(rng.uniform(0.0, 1.2)),
        letters="script" if rng.random() < 0.5 else "letters",
        fading=float(rng.uniform(0.2, 0.65)) if rng.random() < _FADING else 0.0,
        hollow=hollow,
    )


@dataclass
class Sheet:
    """Paper that is turned under the pen.

    Attributes
    ----------
    glyphs : Glyphs
        What it is written with.
    rng : Generator
    hand : Hand
    side : int
        Width and height in pixels.
    angle : float
        By how much it is turned about its middle, in radians.
    words : bool
        Whether there may be words on it.
    ink : ndarray
        Uint8 [side, side], 0 to 255: what is written.
    marks : list of Mark
        The digits of it.
    """

    glyphs: Glyphs
    rng: np.random.Generator
    hand: Hand
    side: int
    angle: float = 0.0
    words: bool = True
    ink: np.ndarray = field(init=False)
    marks: list[Mark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ink = np.zeros([self.side, self.side], np.uint8)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where the sheet's (x, y) is on the page."""
        c, s, middle = np.cos(self.angle), np.sin(self.angle), self.side / 2
        return middle + c * (x - middle) - s * (y - middle), middle + s * (x - middle) + c * (y - middle)

    def digit(self, label: int | None, x: float, y: float, height: float) -> float:
        """Write a digit, or any if `label` is None, with its middle at (x, y); returns its width."""
        kind = self.hand.kind
        if kind != "printed" and self.rng.random() < _BLEND:
            kind = _KINDS[self.rng.integers(3)]
        shapes = getattr(self.glyphs, kind)
        while True:
            i = int(self.rng.integers(len(shapes.maps)))
            if label is None or shapes.labels[i] == label:
                return self._write(shapes, i, x, y, height, grey=kind == "grey")

    def letter(self, x: float, y: float, height: float, *, in_word: bool = False) -> float:
        """Write any letter or sign, with its middle at (x, y); returns its width.

        In a word none can be taken for a digit.
        """
        shapes = getattr(self.glyphs, self.hand.letters)
        known = len(self.marks)
        width = self._write(shapes, int(self.rng.integers(len(shapes.maps))), x, y, height, grey=False)
        if in_word:
            del self.marks[known:]
        return width

    def word(self, x: float, y: float, height: float) -> float:
        """Print a word from x on, its capitals `height` pixels high around y; returns where it ends."""
        words = self.glyphs.words
        image, scale = words[int(self.rng.integers(len(words)))], height / CAPITAL
        tall, wide = image.shape
        c, s = scale * np.cos(self.angle), scale * np.sin(self.angle)
        matrix = np.array([[c, -s], [s, c]])
        px, py = self.place(x + wide * scale / 2, y)
        whole = np.column_stack([matrix, np.array([px, py]) - matrix @ [wide / 2, tall / 2]]).astype(np.float32)
        if scale < 0.7:  # what is made smaller has to be smooth first
            image = cv2.GaussianBlur(image, (0, 0), 0.35 / scale)
        np.maximum(self.ink, cv2.warpAffine(image, whole, (self.side, self.side), flags=cv2.INTER_LINEAR), out=self.ink)
        return x + wide * scale

    def width_of(self, height: float) -> float:
        """How wide a digit of that height is with this hand, about."""
        return 0.68 * height * self.hand.width

    def _write(self, shapes: Shapes, i: int, x: float, y: float, height: float, grey: bool) -> float:
        rng, hand = self.rng, self.hand
        pen = max(hand.pen * height, 0.2) * np.exp(rng.normal(0, 0.08))
        width, tall = shapes.sizes[i]
        tail = shapes.tails[i]
        tall -= tail
        # Wide shapes are not as high as others, but higher than their maps, where they fit into a square.
        scale = (height - (0 if grey else min(pen, 0.3 * height))) / max(tall, 0.6 * width, 1)
        lean = rng.normal(0, _LEANING if shapes.labels[i] == 1 else 0.05 * hand.unsteady)
        matrix = self._turn(scale, hand.slant + lean, grey)
        patch = self._patch(shapes.maps[i], matrix, pen, scale, grey)
        left, top, wide, high = cv2.boundingRect((patch > 70).astype(np.uint8))
        if not wide:
            return width * scale
        if hand.fading:
            patch = (patch * (1 - hand.fading * rng.random())).astype(np.uint8)
        px, py = self.place(x, y + tail * scale / 2)
        px, py = round(px - len(patch) / 2), round(py - len(patch) / 2)
        stamp(self.ink, patch, px, py)
        label = int(shapes.labels[i])
        if label < 10 or label == UNCLEAR:
            self.marks.append(Mark(label, (px + left, py + top, px + left + wide, py + top + high)))
        return width * scale * hand.width

    def _turn(self, scale: float, slant: float, grey: bool) -> np.ndarray:
        hand = self.hand
        angle = self.angle + self.rng.normal(0, 0.04) * hand.unsteady
        wide = hand.width * np.exp(self.rng.normal(0, 0.06) * hand.unsteady)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return turn @ np.array([[wide, -slant], [0, 1]]) * (scale * (3 if grey else 1))

    def _patch(self, shape: np.ndarray, matrix: np.ndarray, pen: float, scale: float, grey: bool) -> np.ndarray:
        # The glyph's ink, uint8 [side, side], with its middle in the middle.
        reach = np.abs(matrix).sum(axis=1).max() * (len(shape) / 2) * BOX / SIDE * 1.05
        side = 2 * int(min(reach + pen / 2 + 2, 1.5 * self.side)) + 1
        move = side / 2 - matrix @ np.full(2, len(shape) / 2)
        whole = np.column_stack([matrix, move]).astype(np.float32)
        levels = np.arange(256, dtype=np.float32)
        if grey:
            steep = max(1.0, 0.9 * 3 * scale)  # edges stay as sharp as they would be if it were written larger
            table = (levels / 255 - 0.42 + 0.9 * min(self.hand.pen, 0.2)) * steep + 0.3
            border = 0
        else:
            faint = min(1.0, max(pen, 0.2) / _LEAST)
            edge = max(pen, _LEAST) / 2 - levels / UNITS * scale
            table = faint * np.clip(edge + 0.5, 0, 1)
            if self.hand.hollow:
                table *= np.clip(max(1.0, 0.2 * pen) - edge + 0.5, 0, 1)
            border = 255
        patch = cv2.warpAffine(shape, whole, (side, side), flags=cv2.INTER_LINEAR, borderValue=border)
        return cv2.LUT(patch, (np.clip(table, 0, 1) * 255).astype(np.uint8))

    def line(self, points: Any, thick: float, level: float = 255) -> None:
        """Draw a line through points [(x, y), ...] of the sheet, `thick` pixels wide (below 1: fainter)."""
        placed = np.array([self.place(*point) for point in points])
        layer = np.zeros_like(self.ink)
        fixed = np.round(placed * 16).astype(np.int32)
        level = int(level * min(1.0, max(0.25, thick)))
        cv2.polylines(layer, [fixed], False, level, max(1, round(thick)), cv2.LINE_AA, 4)
        np.maximum(self.ink, layer, out=self.ink)

    def unclear(self, points: np.ndarray) -> None:
        """Mark a stroke through points [(x, y), ...] as what may be a 1, if it stands upright."""
        placed = np.array([self.place(*point) for point in points])
        (left, top), (right, bottom) = placed.min(axis=0), placed.max(axis=0)
        if bottom - top > right - left:
            self.marks.append(Mark(UNCLEAR, (int(left), int(top), int(right) + 2, int(bottom) + 2)))

    def wavy(self, start: Any, end: Any, thick: float, wobble: float = 0.01, level: float = 255) -> None:
        """Draw a line that a hand made, from start to end."""
        start, end = np.array(start, float), np.array(end, float)
        length = np.hypot(*(end - start))
        t = np.linspace(0, 1, 7)[:, None]
        points = start + t * (end - start) + self.rng.normal(0, wobble * length + 0.2, [7, 2]) * [0.3, 1]
        self.line(points, thick, level)


def stamp(canvas: np.ndarray, patch: np.ndarray, left: float, top: float) -> None:
    """Put ink on a canvas, both uint8, with the patch's corner at (left, top); what is outside is lost."""
    height, width = canvas.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + patch.shape[1]), min(height, top + patch.shape[0])
    if x0 < x1 and y0 < y1:
        window = canvas[y0:y1, x0:x1]
        np.maximum(window, patch[y0 - top : y1 - top, x0 - left : x1 - left], out=window)
