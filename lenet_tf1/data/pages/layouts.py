"""What is written on synthetic pages: rows of numbers, forms, tables, sums, single digits, text, scribbles, nothing.

Each layout is a function of a Sheet, and takes its random numbers from that.
"""

from collections.abc import Callable

import numpy as np

from lenet_tf1.data.pages.pieces import cursive, date, decorate, encircle, frame, number, ring, sign, word
from lenet_tf1.data.pages.writing import Sheet

_IN_CELLS = ("-", ".", "x", "+", "tick")  # signs that alone are no 1
_DATES = 0.14  # of pages with rows
_WORDS = 0.3  # of these, with words between the numbers
_ON_ITS_SIDE = 0.5  # of text alone, or upside down: sheets with numbers are turned until they stand upright
_MOST = 48  # digits on a page: more take too long, and teach nothing else


def _height(rng: np.random.Generator, low: float = 11.0, high: float = 46.0) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _any_height(rng: np.random.Generator) -> float:
    # Mostly of the sizes that are to be found; a reader sees every digit too small and too large as well.
    kind = rng.random()
    if kind < 0.12:
        return _height(rng, 4, 11)
    return _height(rng) if kind < 0.85 else _height(rng, 46, 120)


def rows(sheet: Sheet) -> None:
    """Lines of numbers, with signs between them, and whatever people draw under, around and through them."""
    rng = sheet.rng
    height = _any_height(rng)
    spacing = height * rng.uniform(1.15, 2.4)
    lines = 1 if rng.random() < 0.35 else int(rng.integers(1, 9))
    lines = max(1, min(lines, int(170 / spacing)))
    y = 80 + rng.normal(0, 12) - (lines - 1) / 2 * spacing
    gap = rng.choice([rng.normal(0.02, 0.08), rng.normal(0.15, 0.08), rng.uniform(0.2, 1.2)])
    crowd = rng.uniform(0.0, 0.35)
    decor = rng.random()
    signs = rng.uniform(0, 0.5) if rng.random() < 0.5 else 0.0
    write = date if rng.random() < _DATES else number
    words = rng.uniform(0.2, 0.6) if rng.random() < _WORDS and sheet.words else 0.0
    for _ in range(lines):
        x = rng.uniform(-20, 60) if lines > 1 else rng.uniform(-10, 70)
        x += height * 0.5
        while x < 150 + height / 2 and len(sheet.marks) < _MOST:
            if rng.random() < words:
                x = word(sheet, x, y, int(rng.integers(1, 6)), height * rng.uniform(0.7, 1.1))
                x += height * rng.uniform(0.1, 1.2)
            end = write(sheet, x, y, int(rng.integers(1, 7)), height * np.exp(rng.normal(0, 0.05)), gap, signs)
            if decor < 0.4:
                decorate(sheet, x - height * 0.4, end, y, height)
            x = end + height * rng.uniform(0.9, 2.5)
            if rng.random() < crowd:
                break
        y += spacing * np.exp(rng.normal(0, 0.05))


def cells(sheet: Sheet) -> None:
    """A form: rows of cells with a digit in each, or none, or a sign."""
    rng = sheet.rng
    height = _height(rng, 12, 50)
    side = height * rng.uniform(1.05, 2.3)
    wide = side * rng.uniform(0.6, 1.3)
    gap = wide * rng.uniform(0.05, 0.5) if rng.random() < 0.4 else 0.0
    row_gap = side * rng.uniform(0, 1.0)
    pen = np.exp(rng.uniform(np.log(0.5), np.log(max(1.5, 0.14 * height))))
    level = int(rng.uniform(60, 255))
    filled = rng.uniform(0.3, 1.0)
    combs = rng.random() < 0.15  # cells without a top
    rings = rng.random() < 0.12  # for cells
    x0, y0 = rng.uniform(-wide, 0.6 * wide), rng.uniform(-side, 0.8 * side)
    lines = int(rng.integers(1, 7))
    y0 = y0 if lines > 2 else 80 - lines * side / 2 + rng.normal(0, 20)
    first, last = (0, 40) if rng.random() < 0.5 else (int(rng.integers(0, 2)), int(rng.integers(2, 9)))
    for row in range(lines):
        top = y0 + row * (side + row_gap)
        for column in range(first, last):
            left = x0 + column * (wide + gap)
            if left > 170 or top > 170:
                break
            if combs:
                sheet.line([(left, top + side / 2), (left, top + side), (left + wide, top + side)], pen, level)
            elif rings:
                ring(sheet, left + wide / 2, top + side / 2, np.array([wide, side]) / 2, pen)
            else:
                corners = [(left, top), (left + wide, top), (left + wide, top + side), (left, top + side), (left, top)]
                sheet.line(corners, pen, level)
            if len(sheet.marks) < _MOST:
                _fill(sheet, left + wide / 2, top + side / 2, min(height, 1.3 * wide), filled)


def _fill(sheet: Sheet, x: float, y: float, height: float, filled: float) -> None:
    rng = sheet.rng
    x, y = x + rng.normal(0, 0.08) * height, y + rng.normal(0, 0.06) * height
    if rng.random() < filled:
        sheet.digit(None, x, y, height * np.exp(rng.normal(0, 0.08)))
    elif rng.random() < 0.3:
        sheet.letter(x, y, height * 0.9)
    elif rng.random() < 0.2:
        sign(sheet, x - height / 4, y, height, _IN_CELLS[rng.integers(len(_IN_CELLS))])


def grid(sheet: Sheet) -> None:
    """Many digits at equal distances, as on sheets that data sets are made of."""
    rng = sheet.rng
    height = _height(rng, 9, 36)
    step = height * rng.uniform(1.2, 2.4, 2)
    same = int(rng.integers(10)) if rng.random() < 0.3 else None
    x0, y0 = rng.uniform(0, step[0]), rng.uniform(0, step[1])
    wobble = rng.uniform(0, 0.12)
    for y in np.arange(y0, 165, step[1]):
        for x in np.arange(x0, 165, step[0]):
            if len(sheet.marks) < _MOST and rng.random() < 0.95:
                a, b = rng.normal(0, wobble, 2) * height
                sheet.digit(same, x + a, y + b, height * np.exp(rng.normal(0, 0.1)))


def few(sheet: Sheet) -> None:
    """One to three digits, half of the time larger than those that are to be found."""
    rng = sheet.rng
    height = _height(rng, 12, 46) if rng.random() < 0.5 else _height(rng, 46, 150)
    n = int(rng.integers(1, 4)) if rng.random() < 0.5 else 1
    y = 80 + rng.normal(0, 15)
    x = 80 - (n - 1) * 0.45 * height + rng.normal(0, 12)
    ringed = 0.9 if rng.random() < 0.15 else 0.0  # of the digits
    for _ in range(n):
        label = 1 if rng.random() < 0.25 else None
        width = sheet.digit(label, x, y + rng.normal(0, 0.05) * height, height * np.exp(rng.normal(0, 0.1)))
        if rng.random() < ringed:
            encircle(sheet, x, y, width, height)
            x += 0.6 * height
        x += max(width, 0.45 * height) + height * rng.uniform(0.05, 0.6)
    if rng.random() < 0.3:
        decorate(sheet, 80 - 0.5 * n * height, x - 0.4 * height, y, height)


def scattered(sheet: Sheet) -> None:
    """Digits of several sizes anywhere."""
    rng = sheet.rng
    height = _height(rng, 13, 40)
    taken: list[tuple[float, float, float]] = []
    ringed = rng.random() if rng.random() < 0.3 else 0.0
    for _ in range(int(rng.integers(2, 16))):
        own = height * np.exp(rng.normal(0, 0.25))
        x, y = rng.uniform(0, 160, 2)
        if all(np.hypot(x - a, y - b) > 0.6 * (own + size) for a, b, size in taken):
            taken.append((x, y, own))
            width = sheet.digit(None, x, y, own)
            if rng.random() < ringed:
                encircle(sheet, x, y, width, own)


def text(sheet: Sheet) -> None:
    """Lines of words, in print or by hand, half of the time with a number here and there, else also on their side.

    On a sheet without words they are joined writing, always with numbers.
    """
    rng = sheet.rng
    numbers = 0.2 if rng.random() < 0.5 or not sheet.words else 0.0
    if not numbers and rng.random() < _ON_ITS_SIDE:
        sheet.angle += np.pi / 2 * int(rng.integers(1, 4))
    height = _any_height(rng)
    spacing = height * rng.uniform(1.3, 2.2)
    for y in np.arange(rng.uniform(0, spacing), 165, spacing):
        x = rng.uniform(-10, 30)
        joined = rng.random() < 0.25 or not sheet.words
        while x < 165:
            if rng.random() < numbers and len(sheet.marks) < _MOST:
                x = number(sheet, x, y, int(rng.integers(1, 5)), height, 0.12, 0.1)
            elif joined:
                x = cursive(sheet, x, y, height * 0.5, int(rng.integers(2, 8)))
            else:
                x = word(sheet, x, y, int(rng.integers(1, 8)), height)
            x += height * 0.8


def scribble(sheet: Sheet) -> None:
    """Crossings-out, loops, hatching and stray strokes, large or small."""
    rng = sheet.rng
    for _ in range(int(rng.integers(1, 5))):
        size = _height(rng, 8, 120)
        x, y = rng.uniform(0, 160, 2)
        pen = max(0.6, sheet.hand.pen * min(size, 60) * rng.uniform(0.3, 1.2))
        kind, n = rng.random(), int(rng.integers(3, 40))
        t = np.arange(n)
        if kind < 0.3:  # a walk
            points = np.cumsum(rng.normal(0, size / 5, [n, 2]), axis=0)
        elif kind < 0.6:  # back and forth
            points = np.column_stack([t * size / n, (t % 2 - 0.5) * size * rng.uniform(0.2, 0.8)])
            points += rng.normal(0, 0.06 * size, points.shape)
        elif kind < 0.8:  # spirals
            angle = t * rng.uniform(0.4, 1.0)
            radius = size * rng.uniform(0.2, 0.5) * (1 + rng.normal(0, 0.02) * t)
            points = np.column_stack([radius * np.cos(angle) + t * size * 0.02, radius * np.sin(angle)])
        else:  # an arc or a bar
            points = np.cumsum(
                np.cumsum(rng.normal(0, size / 25, [10, 2]), axis=0) + rng.normal(0, size / 8, 2), axis=0
            )
            sheet.unclear(points + np.array([x, y]))
        sheet.line(points + np.array([x, y]), pen)


def sums(sheet: Sheet) -> None:
    """A sum in columns with a stroke above its result, or a fraction."""
    rng = sheet.rng
    height = _height(rng, 13, 36)
    right, y = rng.uniform(90, 150), rng.uniform(5, 50)
    pen = max(0.6, sheet.hand.pen * height)
    for line in range(int(rng.integers(2, 5))):
        if line and rng.random() < 0.5:
            sheet.wavy((right - 3.5 * height, y - 0.75 * height), (right + 0.4 * height, y - 0.75 * height), pen)
        x = right
        for _ in range(int(rng.integers(1, 5))):
            x -= sheet.digit(None, x, y, height * np.exp(rng.normal(0, 0.06))) / 2 + 0.5 * height
        if rng.random() < 0.4:
            sign(sheet, x - 0.5 * height, y, height)
        y += height * rng.uniform(1.25, 1.9)


def nothing(sheet: Sheet) -> None:
    """Nothing, or lines, boxes, cells and strokes alone."""
    rng = sheet.rng
    kind = rng.random()
    if kind < 0.3:
        return
    if kind < 0.5:
        side = _height(rng, 14, 150)
        left, top = rng.uniform(-0.3 * side, 160 - 0.7 * side, 2)
        pen = np.exp(rng.uniform(np.log(0.6), np.log(max(1.5, 0.15 * side))))
        for k in range(int(rng.integers(1, 6))):
            frame(sheet, left + k * side, top, left + k * side + side * 0.9, top + side, pen)
    elif kind < 0.75:
        scribble(sheet)
    else:
        for _ in range(int(rng.integers(1, 7))):
            a, b = rng.uniform(-20, 180, [2, 2])
            sheet.wavy(a, b, np.exp(rng.uniform(-0.5, 2.3)), wobble=rng.uniform(0, 0.05))
            sheet.unclear(np.array([a, b]))


Layout = Callable[[Sheet], None]
LAYOUTS: dict[Layout, float] = {  # and their shares of pages
    rows: 0.33,
    cells: 0.11,
    few: 0.12,
    grid: 0.07,
    nothing: 0.11,
    text: 0.10,
    scattered: 0.06,
    sums: 0.05,
    scribble: 0.05,
}
