"""Where the characters are in a picture's ink: boxes in reading order, lines kept. No network is asked."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lenet_tf1.reading import settings


@dataclass
class Character:
    """One character, or a piece of one.

    Attributes
    ----------
    box : tuple
        (left, top, width, height) in the picture's pixels.
    ink : numpy.ndarray
        uint8 [height, width], its own ink within the box: 0 background to 255 ink.
    """

    box: tuple[int, int, int, int]
    ink: np.ndarray

    @property
    def right(self) -> int:
        """The column after its last."""
        return self.box[0] + self.box[2]

    @property
    def bottom(self) -> int:
        """The row after its last."""
        return self.box[1] + self.box[3]


def find_lines(ink: np.ndarray) -> list[list[list[Character]]]:
    """Find the characters in a picture.

    Strokes above each other are one character, and specks are left out. Digits that touch are still one: see `cut`.

    Parameters
    ----------
    ink : numpy.ndarray
        uint8 [height, width], 0 where there is none, as data.ink.find_ink returns it.

    Returns
    -------
    list
        Of lines from top to bottom, each a list of words, each a list of Characters from left to right.
    """
    pieces = _pieces(ink)
    if not pieces:
        return []
    speck = settings.SPECK * _typical_height(pieces)
    pieces = _stacked([piece for piece in pieces if max(piece.box[2:]) >= speck])
    typical = _typical_height(pieces)
    rows = [_merged(row, typical) for row in _rows(pieces, typical)]
    return [_words(row) for row in rows if row]


def join(pieces: Sequence[Character]) -> Character | None:
    """Put neighbouring pieces together, left to right.

    Returns
    -------
    Character or None
        None if they are too far apart, or together too wide, for one character.
    """
    left, right = min(piece.box[0] for piece in pieces), max(piece.right for piece in pieces)
    height = max(piece.bottom for piece in pieces) - min(piece.box[1] for piece in pieces)
    gaps = [b.box[0] - a.right for a, b in itertools.pairwise(pieces)]
    if max(gaps, default=0) > settings.JOIN_GAP * height or right - left > settings.JOIN_WIDEST * height:
        return None
    return functools.reduce(_together, pieces)


def cut(character: Character) -> list[Character]:
    """Cut what may be digits that touch, at the columns with the least ink that are not too close to either end.

    Returns
    -------
    list
        Of the pieces from left to right. Each has a box of its own; a part without ink is left out.
    """
    width, height = character.box[2:]
    margin = max(settings.CUT_MARGIN_LEAST, int(settings.CUT_MARGIN * height))
    columns = (character.ink > 0).sum(axis=0).astype(np.float32)
    profile = cv2.blur(columns[None], (max(1, height // settings.CUT_SMOOTHED), 1))[0]
    places: list[int] = []
    for x in np.argsort(profile[margin : width - margin], kind="stable") + margin:
        if all(abs(x - other) >= settings.CUT_APART * height for other in places):
            places.append(int(x))
        if len(places) == settings.MOST_CUTS:
            break
    edges = [0, *sorted(places), width]
    left, top = character.box[:2]
    parts = [_trimmed(left + start, top, character.ink[:, start:end]) for start, end in itertools.pairwise(edges)]
    return [part for part in parts if part is not None]


def _pieces(ink: np.ndarray) -> list[Character]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0).astype(np.uint8), connectivity=8)
    boxes = stats[1:, cv2.CC_STAT_WIDTH].astype(float) * stats[1:, cv2.CC_STAT_HEIGHT]
    if boxes.sum() > settings.CROWDED * ink.size:
        return []
    found = []
    for i in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[: settings.MOST_PIECES] + 1:
        left, top, width, height = (int(value) for value in stats[i, :4])
        window = (slice(top, top + height), slice(left, left + width))
        own = np.where(labels[window] == i, ink[window], 0)  # without the others' ink that reaches into its box
        found.append(Character((left, top, width, height), own.astype(np.uint8)))
    return found


def _stacked(pieces: list[Character]) -> list[Character]:
    # A stroke right above or below a larger one is put together with it, and two that nearly touch, as an 8's rounds.
    # Larger ones come first.
    stacked: list[Character] = []
    for piece in sorted(pieces, key=lambda piece: -piece.box[3]):
        for i, other in enumerate(stacked):
            across = min(piece.right, other.right) - max(piece.box[0], other.box[0])
            apart = max(piece.box[1], other.box[1]) - min(piece.bottom, other.bottom)
            smaller = piece.box[3] <= settings.STACKED_SMALLER * other.box[3]
            near = apart <= settings.STACKED_APART * other.box[3]
            touching = abs(apart) <= settings.STACKED_TOUCHING * other.box[3]
            over = across >= settings.STACKED_ACROSS * min(piece.box[2], other.box[2])
            if over and (touching or (smaller and near)):
                stacked[i] = _together(other, piece)
                break
        else:
            stacked.append(piece)
    return stacked


def _typical_height(pieces: list[Character]) -> float:
    sizes = np.array([max(piece.box[3], settings.BAR_AS_HIGH * piece.box[2]) for piece in pieces])
    return float(np.median(sizes[sizes >= settings.HALF_THE_HIGHEST * sizes.max()]))


def _rows(pieces: list[Character], typical: float) -> list[list[Character]]:
    # Large pieces that stand beside each other are one row, and so are those that stand beside these: a row may
    # slope. Small ones go to the row that they are close to.
    large = [piece for piece in pieces if piece.box[3] >= settings.ROW_LARGE * typical]
    rows = _joined_across(_chained(large, typical))
    for piece in pieces:
        if piece.box[3] >= settings.ROW_LARGE * typical:
            continue
        distance, row = min(
            ((_distance(piece, other), number) for number, row in enumerate(rows) for other in row),
            default=(np.inf, -1),
        )
        if distance <= settings.ROW_REACH * typical:
            rows[row].append(piece)
        else:
            rows.append([piece])
    rows.sort(key=lambda row: np.mean([piece.box[1] + piece.box[3] / 2 for piece in row]))
    return rows


def _chained(pieces: list[Character], typical: float) -> list[list[Character]]:
    # The connected components of "stands beside": sets with a parent each, joined as pairs are found.
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for (i, a), (j, b) in itertools.combinations(enumerate(pieces), 2):
        overlap = min(a.bottom, b.bottom) - max(a.box[1], b.box[1])
        gap = max(a.box[0], b.box[0]) - min(a.right, b.right)
        if overlap >= settings.ROW_OVERLAP * min(a.box[3], b.box[3]) and gap <= settings.ROW_GAP * typical:
            parent[root(i)] = root(j)
    rows: dict[int, list[Character]] = {}
    for i, piece in enumerate(pieces):
        rows.setdefault(root(i), []).append(piece)
    return list(rows.values())


def _joined_across(rows: list[list[Character]]) -> list[list[Character]]:
    # Rows that are side by side, with a wide gap between them, are one.
    joined: list[list[Character]] = []
    for row in sorted(rows, key=lambda row: min(piece.box[1] for piece in row)):
        top, bottom = _extent(row)
        for other in joined:
            other_top, other_bottom = _extent(other)
            overlap = min(bottom, other_bottom) - max(top, other_top)
            if overlap >= settings.SAME_ROW * min(bottom - top, other_bottom - other_top):
                other.extend(row)
                break
        else:
            joined.append(list(row))
    return joined


def _extent(row: list[Character]) -> tuple[int, int]:
    return min(piece.box[1] for piece in row), max(piece.bottom for piece in row)


def _distance(a: Character, b: Character) -> float:
    across = max(0, max(a.box[0], b.box[0]) - min(a.right, b.right))
    down = max(0, max(a.box[1], b.box[1]) - min(a.bottom, b.bottom))
    return float(np.hypot(across, down))


def _merged(row: list[Character], typical: float) -> list[Character]:
    # The strokes of one character put together, those that lie over each other most first.
    row = sorted(row, key=lambda piece: piece.box[0])
    while (pair := _closest(row, typical)) is not None:
        i, j = pair
        row[i] = _together(row[i], row.pop(j))
        row.sort(key=lambda piece: piece.box[0])
    return [piece for piece in row if max(piece.box[2:]) >= settings.LEAST * typical]


def _closest(row: list[Character], typical: float) -> tuple[int, int] | None:
    # The two strokes of one character that lie over each other most, or None.
    best = None
    for i, a in enumerate(row):
        for j in range(i + 1, min(i + 1 + settings.NEIGHBOURS, len(row))):
            b = row[j]
            overlap = min(a.right, b.right) - max(a.box[0], b.box[0])
            if overlap < -settings.APART * typical:
                continue
            narrow = min(a.box[2], b.box[2])
            small = min(a.box[3], b.box[3]) < settings.SMALL * typical
            close = small and _distance(a, b) <= settings.CLOSE * typical
            wide = max(a.right, b.right) - min(a.box[0], b.box[0])
            over = overlap >= settings.OVER * narrow and (small or wide <= settings.WIDEST * typical)
            if (close or over) and (best is None or overlap / narrow > best[0]):
                best = overlap / narrow, i, j
    return best and best[1:]


def _together(a: Character, b: Character) -> Character:
    left, top = min(a.box[0], b.box[0]), min(a.box[1], b.box[1])
    width, height = max(a.right, b.right) - left, max(a.bottom, b.bottom) - top
    ink = np.zeros([height, width], np.uint8)
    for piece in (a, b):
        x, y = piece.box[0] - left, piece.box[1] - top
        window = ink[y : y + piece.box[3], x : x + piece.box[2]]
        np.maximum(window, piece.ink, out=window)
    return Character((left, top, width, height), ink)


def _words(row: list[Character]) -> list[list[Character]]:
    # A gap is between words if it is wide for the characters' height and for the other gaps of the row.
    height = np.median([piece.box[3] for piece in row])
    gaps = [b.box[0] - a.right for a, b in itertools.pairwise(row)]
    usual = np.median(gaps) if gaps else 0
    words = [[row[0]]]
    for gap, piece in zip(gaps, row[1:], strict=True):
        if gap > max(settings.WORD_GAP * height, settings.WORD_GAP_USUAL * usual):
            words.append([])
        words[-1].append(piece)
    return words


def _trimmed(left: int, top: int, ink: np.ndarray) -> Character | None:
    rows, columns = (np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    own = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Character((left + int(columns[0]), top + int(rows[0]), own.shape[1], own.shape[0]), own)
