"""What layouts are put together from: numbers, dates, signs, underlines and frames, and joined writing.

Each piece is written on a Sheet, and takes its random numbers from that.
"""

import itertools
from typing import Any

import numpy as np

from lenet_tf1.data.pages.writing import Sheet

_SIGNS = ("-", "/", ".", ",", ":", "+", "=", "(", ")", "x", "letter", "|", "tick")
_IN_PRINT = 0.4  # of words
_MORE_ONES = 0.08  # digits that are 1s in any case: they are what is missed most


def number(sheet: Sheet, x: float, y: float, digits: int, height: float, gap: float, signs: float) -> float:
    """Write digits from x on, with signs before them as often as `signs`; returns where the last ends.

    Between two of them signs are half as frequent.
    """
    rng = sheet.rng
    if rng.random() < signs:
        x += sign(sheet, x, y, height)
    for i in range(digits):
        own = height * np.exp(rng.normal(0, 0.07) * sheet.hand.unsteady)
        wide = sheet.width_of(own)
        drift = rng.normal(0, 0.05 * height) * sheet.hand.unsteady
        label = 1 if rng.random() < _MORE_ONES else None
        width = sheet.digit(label, x + wide / 2, y + drift, own)
        x += 0.5 * (wide + width) + height * max(
            -0.12, gap + 0.7 * sheet.hand.pen + rng.normal(0, 0.06) * sheet.hand.unsteady
        )
        if i + 1 < digits and rng.random() < signs * 0.5:
            x += sign(sheet, x, y, height)
    return x


def date(sheet: Sheet, x: float, y: float, digits: int, height: float, gap: float, signs: float) -> float:
    """Write groups of one to four digits with the same sign between; returns where the last ends.

    There are as many groups as `digits` fill, three at most.
    """
    rng = sheet.rng
    kind = ("/", "/", "-", ".", ":")[rng.integers(5)]
    for k in range(min(3, 1 + digits // 2)):
        if k:
            x += sign(sheet, x, y, height, kind)
        x = number(sheet, x, y, int(rng.choice([1, 2, 2, 2, 4])), height, min(gap, 0.4), 0.1 * signs)
    return x


def word(sheet: Sheet, x: float, y: float, letters: int, height: float) -> float:
    """Write or print letters from x on; returns where the last ends.

    From three on, those that look like a digit are none.
    """
    rng = sheet.rng
    if rng.random() < _IN_PRINT:
        return sheet.word(x, y, height)
    gap = height * rng.uniform(0.02, 0.25)
    for _ in range(letters):
        x += sheet.letter(x + height * 0.3, y, height * rng.uniform(0.65, 1.0), in_word=letters > 2) + gap
    return x


def sign(sheet: Sheet, x: float, y: float, height: float, kind: str | None = None) -> float:
    """Write a sign or a letter at x, any if `kind` is None; returns how much room it takes."""
    rng = sheet.rng
    kind = kind or _SIGNS[rng.integers(len(_SIGNS))]
    if kind == "letter":
        return sheet.letter(x + height * 0.35, y, height * rng.uniform(0.6, 1.0)) + 0.2 * height
    pen = max(0.6, sheet.hand.pen * height)
    h, w = height * 0.5, height * rng.uniform(0.3, 0.6)

    def at(*points: Any) -> None:
        moved = [(x + w * a + rng.normal(0, 0.02) * h, y + h * b + rng.normal(0, 0.04) * h) for a, b in points]
        sheet.line(moved, pen)

    dot = pen / height * 0.6
    shapes: dict[str, list[Any]] = {
        "-": [[(0, 0), (1, 0)]],
        # Leaning more than a 1, and mostly longer.
        "/": [[(rng.uniform(0.6, 1.3), -rng.uniform(1.1, 1.5)), (0, rng.uniform(1.1, 1.5))]],
        ".": [[(0.4, 0.9), (0.4 + dot, 0.9 + dot)]],
        ",": [[(0.5, 0.85), (0.45, 1.05), (0.2, 1.25)]],
        ":": [[(0.4, -0.4), (0.4 + dot, -0.4)], [(0.4, 0.5), (0.4 + dot, 0.5)]],
        "+": [[(0, 0), (1, 0)], [(0.5, -w / height), (0.5, w / height)]],
        "=": [[(0, -0.2), (1, -0.2)], [(0, 0.25), (1, 0.25)]],
        "(": [[(0.8, -1.2), (0.3, -0.6), (0.2, 0.3), (0.8, 1.2)]],
        ")": [[(0.2, -1.2), (0.7, -0.6), (0.8, 0.3), (0.2, 1.2)]],
        "x": [[(0, -0.4), (1, 0.4)], [(1, -0.4), (0, 0.4)]],
        "|": [[(0.5, -1.9), (0.5, 1.9)]],
        "tick": [[(0, 0), (0.35, 0.6), (1, -1)]],
    }
    for stroke in shapes[kind]:
        at(*stroke)
    return w + 0.2 * height


def decorate(sheet: Sheet, left: float, right: float, y: float, height: float) -> None:
    """Underline, box, circle or strike through what is written from left to right."""
    rng = sheet.rng
    pen = max(0.6, height * sheet.hand.pen * rng.uniform(0.3, 1.2))
    kind = rng.random()
    if kind < 0.5:
        for k in range(1 if rng.random() < 0.8 else 2):
            below = y + height * (0.5 + rng.uniform(0.02, 0.9) + 0.15 * k)
            reach = rng.uniform(-0.2, 0.6, 2) * height
            sheet.wavy((left - reach[0], below), (right + reach[1], below + rng.normal(0, 0.06) * height), pen)
    elif kind < 0.85:
        room = rng.uniform(0.08, 0.8, 4) * height
        frame(sheet, left - room[0], y - height / 2 - room[1], right + room[2], y + height / 2 + room[3], pen)
    elif kind < 0.93:
        axes = np.array([(right - left) / 2 + rng.uniform(0.2, 0.7) * height, height * rng.uniform(0.65, 1.1)])
        ring(sheet, (left + right) / 2, y, axes, pen)
    else:
        slope = rng.normal(0, 0.2) * height
        sheet.wavy((left, y + slope), (right, y - slope), pen)


def ring(sheet: Sheet, x: float, y: float, axes: np.ndarray, pen: float) -> None:
    """Draw a ring around (x, y) as a hand does, or a compass; its half axes are `axes`."""
    rng = sheet.rng
    angles = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi + rng.uniform(-0.2, 0.5), 32)
    wobble = 1 + rng.uniform(0, 0.08) * np.cos(rng.integers(1, 4) * angles + rng.uniform(0, 6))
    sheet.line(np.array([x, y]) + axes * np.stack([np.cos(angles), np.sin(angles)], 1) * wobble[:, None], pen)


def encircle(sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    """Draw a ring around a digit of that size at (x, y), with the hand's pen."""
    rng = sheet.rng
    axes = np.array([width / 2 + rng.uniform(0.2, 0.6) * height, height * rng.uniform(0.65, 1.0)])
    ring(sheet, x, y, axes, max(0.6, sheet.hand.pen * height * rng.uniform(0.4, 1.1)))


def frame(sheet: Sheet, left: float, top: float, right: float, bottom: float, pen: float) -> None:
    """Draw a box, by ruler or by hand."""
    rng = sheet.rng
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    if rng.random() < 0.6:
        sheet.line(corners, pen)
    else:
        for a, b in itertools.pairwise(corners):
            sheet.wavy(a, b, pen, wobble=0.012)


def cursive(sheet: Sheet, x: float, y: float, height: float, letters: int) -> float:
    """Joined writing that means nothing, from x on; returns where it ends."""
    rng = sheet.rng
    t = np.arange(letters * 12)
    rate = 2 * np.pi / rng.uniform(9, 13)
    loops = height * rng.uniform(0.1, 0.5)
    tall = np.repeat(np.where(rng.random(letters) < 0.3, rng.uniform(1.5, 2.6), 1.0), 12)
    across = x + t * height * 0.07 + loops * np.sin(rate * t + rng.uniform(0, 6))
    down = y - 0.5 * height * tall * np.sin(rate * t) * np.exp(rng.normal(0, 0.15)) + rng.normal(0, 0.02 * height)
    sheet.line(np.column_stack([across, down]), max(0.6, sheet.hand.pen * height * 1.4))
    return float(across.max())
