"""Synthetic pages, to train the page reader on: pictures of paper, boards and screens, and where digits are on them.

A page is a function of (seed, number), and of the Glyphs it is written with: the same numbers give the same bits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from lenet_tf1.data.pages import layouts, paper, things
from lenet_tf1.data.pages.contrast import local_contrast
from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.pages.paper import SIDE
from lenet_tf1.data.pages.shapes import UNCLEAR
from lenet_tf1.data.pages.things import Thing
from lenet_tf1.data.pages.writing import Mark, Sheet, a_hand

_PENS, _FINGERS = 0.08, 0.1  # of photographed pages: what lies on them, unless it hides a digit
_SHINES_THROUGH = 0.22  # of photographed pages: what is on their back
STEPS_PER_EPOCH = 250  # pages never end: from one validation and checkpoint to the next
STRIDE = 4  # pixels of a page for each place of the network's maps
PLACES = SIDE // STRIDE
SMALLEST, LARGEST = 12.0, 42.0  # pixels, the longer side of digits that are to be found
_TOO_SMALL, _TOO_LARGE = 9.0, 58.0  # beyond these they are not to be found; between, either is right
_SEEN = 0.8  # share of a digit's box on the page from which on it is to be found
_UNSEEN = 0.3  # and below which it is not
_FAINT = 0.9  # deviations of the paper around it: ink that differs by less need not be found,
_FAINTEST = 4.0  # and levels of 255 in addition


@dataclass
class Page:
    """A picture, and what is to be found on it.

    Attributes
    ----------
    grey : ndarray
        Uint8 [160, 160].
    marks : list of Mark
    """

    grey: np.ndarray
    marks: list[Mark]


def page(glyphs: Glyphs, seed: int, number: int, *, words: bool = True) -> Page:
    """The page of that number, a function of glyphs, seed and number, and of whether there may be words on it."""
    rng = np.random.default_rng([seed, number])
    sheet = Sheet(glyphs, rng, a_hand(rng), SIDE, _angle(rng), words)
    chosen = rng.choice(len(layouts.LAYOUTS), p=list(layouts.LAYOUTS.values()))
    list(layouts.LAYOUTS)[chosen](sheet)
    if chosen and rng.random() < 0.06:  # over all but rows, which come first
        layouts.scribble(sheet)
    screen = rng.random() < 0.14
    grey = _screen(sheet) if screen else _photograph(sheet)
    if rng.random() < 0.06 and sheet.marks:
        grey = _cropped(rng, grey, sheet.marks)
    if rng.random() < 0.09:
        grey = paper.binarised(rng, grey)
    if rng.random() < 0.2:
        grey = 255 - grey
    return Page(grey, [_as_legible(mark, grey, sheet.ink) for mark in sheet.marks])


def _as_legible(mark: Mark, grey: np.ndarray, ink: np.ndarray) -> Mark:
    # The mark, or that it is unclear if its ink hardly stands out.
    left, top, right, bottom = mark.box
    window = (slice(max(0, top - 3), max(0, bottom + 3)), slice(max(0, left - 3), max(0, right + 3)))
    written = ink[window] > 100
    count = np.count_nonzero(written)
    if not 0 < count < written.size:
        return mark
    levels = grey[window].astype(np.float32)
    around = levels[~written]
    if abs(levels[written].mean() - around.mean()) < _FAINT * around.std() + _FAINTEST:
        return Mark(UNCLEAR, mark.box)
    return mark


def _angle(rng: np.random.Generator) -> float:
    kind = rng.random()
    if kind < 0.6:
        return float(rng.normal(0, 0.04))
    return float(rng.normal(0, 0.16)) if kind < 0.82 else float(rng.uniform(-0.75, 0.75))


def _screen(sheet: Sheet) -> np.ndarray:
    # Drawn in a program: flat colours, hard or soft edges, hardly any noise.
    rng = sheet.rng
    ground = rng.choice([0.0, 255.0, rng.uniform(0, 255)])
    ink = 255 - ground if rng.random() < 0.6 else np.clip(ground + rng.choice([-1, 1]) * rng.uniform(60, 200), 0, 255)
    if abs(ink - ground) < 50:
        ink = 0.0 if ground > 127 else 255.0
    grey = ground + (ink - ground) * (sheet.ink.astype(np.float32) / 255)
    if rng.random() < 0.3:
        grey += rng.uniform(0.3, 2.0) * paper.grain(rng)
    if rng.random() < 0.5:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.2))
    return np.clip(grey, 0, 255).astype(np.uint8)


def _photograph(sheet: Sheet) -> np.ndarray:
    rng = sheet.rng
    board = rng.random() < 0.12
    ground = rng.uniform(15, 90) if board else rng.uniform(120, 250)
    grey = np.full([SIDE, SIDE], ground, np.float32)
    if rng.random() < 0.4:
        grey += np.exp(rng.uniform(-0.5, 2.0)) * paper.grain(rng)
    if board and rng.random() < 0.6:  # wiped chalk
        grey += rng.uniform(1, 8) * cv2.blur(paper.grain(rng), (25, 3)) * 4
    if rng.random() < 0.3:
        grey -= (rng.uniform(0.04, 0.5) * ground / 255) * paper.rules(rng)
    if rng.random() < _SHINES_THROUGH:
        _shine_through(sheet, grey)
    share = _contrast(rng) * _pressure(rng, sheet.ink)
    ink = rng.uniform(170, 255) if board else rng.uniform(0, 60)
    grey += share * (ink - grey)
    if rng.random() < 0.17:
        edges = _paper_edges(rng, sheet.marks)
        if edges is not None:
            paper.beside(rng, grey, edges)
    elif not sheet.marks and rng.random() < 0.4:
        grey = paper.surface(rng, rng.uniform(10, 240))
    if rng.random() < _PENS:
        _lay_on(grey, things.pen(rng), sheet.marks)
    grey *= paper.light(rng)
    if rng.random() < _FINGERS:
        _lay_on(grey, things.finger(rng), sheet.marks)
    return paper.camera(rng, grey)


def _lay_on(grey: np.ndarray, thing: Thing, marks: list[Mark]) -> None:
    # Put a thing on the page, in place, unless it hides a digit.
    cover, level = thing
    for mark in marks:
        left, top, right, bottom = np.clip(mark.box, 0, SIDE)
        if cover[top:bottom, left:right].max(initial=0) > 0.1:
            return
    grey += cover * (level - grey)


def _contrast(rng: np.random.Generator) -> float:
    # How much of the paper the ink hides.
    return rng.uniform(0.6, 1.0) if rng.random() < 0.7 else rng.uniform(0.15, 0.6)


def _pressure(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    # The pen's strength at each place, float32 in 0..1: pencils and chalk leave grain, pens run dry.
    share = ink.astype(np.float32) / 255
    kind = rng.random()
    if kind < 0.2:
        share *= np.clip(1 - rng.uniform(0.1, 0.5) * np.abs(paper.grain(rng)), 0, 1)
    elif kind < 0.45:
        share *= np.clip(1 - rng.uniform(0, 0.5) * np.abs(paper.waves(rng, (3, 9))), 0.2, 1)
    elif kind < 0.5:  # hollow in the middle, as markers dry
        share *= 1 - rng.uniform(0.1, 0.4) * cv2.GaussianBlur(share, (0, 0), 1.5)
    return share


def _shine_through(sheet: Sheet, grey: np.ndarray) -> None:
    # Writing on the back, mirrored and faint.
    rng = sheet.rng
    back = Sheet(sheet.glyphs, rng, a_hand(rng), SIDE, float(rng.normal(0, 0.1)), sheet.words)
    (layouts.rows if rng.random() < 0.7 else layouts.text)(back)
    faint = cv2.GaussianBlur(back.ink[:, ::-1].astype(np.float32), (0, 0), rng.uniform(0.4, 1.8)) / 255
    grey *= 1 - rng.uniform(0.04, 0.3) * faint


def _paper_edges(rng: np.random.Generator, marks: list[Mark]) -> np.ndarray | None:
    # 1 on the paper, with every digit on it: float32 [160, 160]; None if there is no room for an edge.
    edges = None
    corners = np.array([[(m.box[a], m.box[b]) for a in (0, 2) for b in (1, 3)] for m in marks], np.float32)
    corners = corners.reshape(-1, 2) - SIDE / 2
    angle = rng.uniform(0, 2 * np.pi)
    for turn in range(4 if rng.random() < 0.25 else int(rng.integers(1, 3))):
        a = angle + turn * np.pi / 2 + rng.normal(0, 0.06)
        normal = np.array([np.cos(a), np.sin(a)])
        nearest = max(5.0, (corners @ normal).max(initial=0) + rng.uniform(2, 12))
        furthest = 78 * np.abs(normal).sum()
        if nearest > furthest:
            continue
        offset = rng.uniform(nearest, furthest)
        ramp = np.arange(SIDE, dtype=np.float32) - SIDE / 2
        one = np.clip((offset - normal[0] * ramp[None] - normal[1] * ramp[:, None]) / rng.uniform(0.5, 2) + 0.5, 0, 1)
        one = one.astype(np.float32)
        edges = one if edges is None else edges * one
    return edges


def _cropped(rng: np.random.Generator, grey: np.ndarray, marks: list[Mark]) -> np.ndarray:
    # Cut to the digits' boxes and set on plain paper, as the reader does with a picture that ends beside them.
    boxes = np.array([mark.box for mark in marks])
    room = rng.integers(0, 4, 4)
    left, top = np.maximum(boxes[:, :2].min(axis=0) - room[:2], 0)
    right, bottom = np.minimum(boxes[:, 2:].max(axis=0) + room[2:], SIDE)
    if right - left < 8 or bottom - top < 8:
        return grey
    inside = grey[top:bottom, left:right]
    plain = np.full_like(grey, np.median(inside))
    plain[top:bottom, left:right] = inside
    return plain


HEAT, WEIGHT, LABEL, SURE, BOX = 0, 1, 2, 3, slice(4, 8)  # layers of a page's targets


def targets(marks: list[Mark]) -> np.ndarray:
    """What the network is to answer.

    Parameters
    ----------
    marks : list of Mark
        Of a page.

    Returns
    -------
    ndarray
        Float32 [40, 40, 8]. Its layers are HEAT, 1 at the middle of a digit and less around it; WEIGHT, 0 where
        either answer is right; LABEL, the digit near its middle; SURE, how much LABEL and BOX count: 1 at the middle,
        0 away from digits; BOX, of that digit: its middle, x and y, in places from here, and the logarithms of its
        width and height.
    """
    answer = np.zeros([PLACES, PLACES, 8], np.float32)
    answer[..., WEIGHT] = 1
    for mark in marks:
        left, top, right, bottom = mark.box
        width, height = right - left, bottom - top
        size = max(width, height)
        seen = (min(right, SIDE) - max(left, 0)) * (min(bottom, SIDE) - max(top, 0)) / max(1, width * height)
        seen = 0 if right <= 0 or bottom <= 0 or left >= SIDE or top >= SIDE else seen
        if size <= _TOO_SMALL or size >= _TOO_LARGE or seen < _UNSEEN:
            continue
        if not SMALLEST <= size <= LARGEST or seen < _SEEN or mark.label == UNCLEAR:
            _leave_open(answer, mark.box)
        else:
            _set(answer, mark.label, (left + right) / 2, (top + bottom) / 2, width, height)
    return answer


def _leave_open(answer: np.ndarray, box: tuple[int, int, int, int]) -> None:
    # Either answer is right around the middle, unless another digit's middle is there.
    left, top, right, bottom = np.array(box) / STRIDE
    x, y, reach = (left + right) / 2, (top + bottom) / 2, 0.25 * max(right - left, bottom - top) + 1
    rows = slice(max(0, int(y - reach)), max(0, int(np.ceil(y + reach))))
    columns = slice(max(0, int(x - reach)), max(0, int(np.ceil(x + reach))))
    window = answer[rows, columns]
    window[..., WEIGHT] = np.where(window[..., HEAT] > 0.1, window[..., WEIGHT], 0)


def _set(answer: np.ndarray, label: int, x: float, y: float, width: float, height: float) -> None:
    x, y = x / STRIDE - 0.5, y / STRIDE - 0.5  # places have their middles at whole numbers
    column, row = int(np.clip(round(x), 0, PLACES - 1)), int(np.clip(round(y), 0, PLACES - 1))
    sigma = 0.45 + 0.075 * max(width, height) / STRIDE
    rows = slice(max(0, row - 3), row + 4)
    columns = slice(max(0, column - 3), column + 4)
    down = (np.arange(PLACES)[rows] - y)[:, None]
    across = (np.arange(PLACES)[columns] - x)[None]
    heat = np.exp(-(down**2 + across**2) / (2 * sigma**2)).astype(np.float32)
    heat[row - rows.start, column - columns.start] = 1
    window = answer[rows, columns]
    nearer = heat > window[..., HEAT]
    window[nearer, HEAT] = heat[nearer]
    window[nearer, WEIGHT] = 1
    near = nearer & (heat > 0.4)
    window[near, SURE] = heat[near]
    window[near, LABEL] = label
    down, across = np.broadcast_arrays(down, across)
    window[near, 4], window[near, 5] = -across[near], -down[near]
    window[near, 6], window[near, 7] = np.log(width / STRIDE), np.log(height / STRIDE)


def batch(glyphs: Glyphs, seed: int, step: int, size: int, *, words: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The pages of a training step.

    Parameters
    ----------
    glyphs : Glyphs
    seed, step, size : int
        The pages are those of `seed` with the numbers step * size and on, `size` of them.
    words : bool
        Whether there may be words on them.

    Returns
    -------
    seen : ndarray
        Float32 [size, 160, 160, 1], as the network sees them.
    wanted : ndarray
        Float32 [size, 40, 40, 8], their targets.
    """
    made = [page(glyphs, seed, step * size + i, words=words) for i in range(size)]
    seen = np.stack([local_contrast(one.grey) for one in made])[..., None]
    return seen, np.stack([targets(one.marks) for one in made])
