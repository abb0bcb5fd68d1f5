"""Where the characters are in a picture's ink: boxes in reading order, lines kept. No network is asked."""

import functools
import itertools
from dataclasses import dataclass

import cv2
import numpy as np

MOST = 500  # pieces of ink that are looked at, the largest ones
_CROWDED = 3  # pictures that all boxes together would fill
_MOST_CUTS = 6  # of one character
_NEIGHBOURS = 6  # that a stroke may belong to, left to right


@dataclass
class Character:
    """One character: its `box`, (left, top, width, height) in pixels, and its `ink` there, uint8 [height, width]."""

    box: tuple
    ink: np.ndarray

    @property
    def right(self):
        """The column after its last."""
        return self.box[0] + self.box[2]

    @property
    def bottom(self):
        """The row after its last."""
        return self.box[1] + self.box[3]


def find_lines(ink):
    """The characters in a picture: a list of lines, top to bottom, each a list of words, each a list of Characters.

    Parameters: `ink` uint8 [height, width], 0 where there is none (images.find_ink). Strokes that stand
    over each other are one character; specks are left out. Digits that touch are still one.
    """
    pieces = _pieces(ink)
    if not pieces:
        return []
    typical = _typical_height(pieces)
    pieces = _stacked([piece for piece in pieces if max(piece.box[2:]) >= 0.2 * typical])
    typical = _typical_height(pieces)
    rows = _rows(pieces, typical)
    rows = [_merged(row, typical) for row in rows]
    return [_words(row) for row in rows if row]


def join(pieces):
    """One Character of neighbouring pieces, or None if they are too far apart or too wide together for one."""
    left, right = min(piece.box[0] for piece in pieces), max(piece.right for piece in pieces)
    height = max(piece.bottom for piece in pieces) - min(piece.box[1] for piece in pieces)
    gaps = [b.box[0] - a.right for a, b in itertools.pairwise(pieces)]
    if max(gaps, default=0) > 0.3 * height or right - left > 1.25 * height:
        return None
    return functools.reduce(_together, pieces)


def cut(character):
    """The pieces of what may be digits that touch, cut at the columns with the least ink, some way from both ends."""
    width, height = character.box[2:]
    margin = max(2, int(0.2 * height))
    profile = cv2.blur((character.ink > 0).sum(axis=0).astype(np.float32)[None], (max(1, height // 20), 1))[0]
    places = []
    for x in np.argsort(profile[margin : width - margin], kind="stable") + margin:
        if all(abs(x - other) >= 0.12 * height for other in places):
            places.append(int(x))
        if len(places) == _MOST_CUTS:
            break
    edges = [0, *sorted(places), width]
    left, top = character.box[:2]
    parts = [_trimmed(left + start, top, character.ink[:, start:end]) for start, end in itertools.pairwise(edges)]
    return [part for part in parts if part is not None]


def _pieces(ink):
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0).astype(np.uint8), connectivity=8)
    boxes = stats[1:, cv2.CC_STAT_WIDTH].astype(float) * stats[1:, cv2.CC_STAT_HEIGHT]
    if boxes.sum() > _CROWDED * ink.size:  # everything is through and over everything: no writing
        return []
    found = []
    for i in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:MOST] + 1:
        left, top, width, height = (int(value) for value in stats[i, :4])
        window = (slice(top, top + height), slice(left, left + width))
        own = np.where(labels[window] == i, ink[window], 0)
        found.append(Character((left, top, width, height), own.astype(np.uint8)))
    return found


def _stacked(pieces):
    # A stroke right above or below a larger one belongs to it: a 5's bar. Digits of two lines are equally high.
    pieces = sorted(pieces, key=lambda piece: -piece.box[3])
    stacked = []
    for piece in pieces:
        for i, other in enumerate(stacked):
            across = min(piece.right, other.right) - max(piece.box[0], other.box[0])
            between = max(piece.box[1], other.box[1]) - min(piece.bottom, other.bottom)
            smaller = piece.box[3] <= 0.75 * other.box[3]
            if smaller and across >= 0.6 * min(piece.box[2], other.box[2]) and between <= 0.2 * other.box[3]:
                stacked[i] = _together(other, piece)
                break
        else:
            stacked.append(piece)
    return stacked


def _typical_height(pieces):
    # Of the pieces that are at least half as high as the highest, the median; a horizontal bar is as high as wide.
    sizes = np.array([max(piece.box[3], 0.5 * piece.box[2]) for piece in pieces])
    return float(np.median(sizes[sizes >= 0.5 * sizes.max()]))


def _rows(pieces, typical):
    # Pieces that stand beside each other belong together; so do those that stand beside these. A row may slope.
    parent = list(range(len(pieces)))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    large = [i for i, piece in enumerate(pieces) if piece.box[3] >= 0.45 * typical]
    for n, i in enumerate(large):
        for j in large[n + 1 :]:
            a, b = pieces[i], pieces[j]
            overlap = min(a.bottom, b.bottom) - max(a.box[1], b.box[1])
            gap = max(a.box[0], b.box[0]) - min(a.right, b.right)
            if overlap >= 0.4 * min(a.box[3], b.box[3]) and gap <= 3 * typical:
                parent[root(i)] = root(j)
    rows = {}
    for i in large:
        rows.setdefault(root(i), []).append(pieces[i])
    rows = _joined_across(list(rows.values()))
    for i, piece in enumerate(pieces):
        if i in large:
            continue
        distance, row = min(
            ((_distance(piece, other), number) for number, row in enumerate(rows) for other in row),
            default=(np.inf, None),
        )
        if distance <= 0.6 * typical:
            rows[row].append(piece)
        else:
            rows.append([piece])
    rows.sort(key=lambda row: np.mean([piece.box[1] + piece.box[3] / 2 for piece in row]))
    return rows


def _joined_across(rows):
    # Rows that are side by side, with a wide gap between them, are one.
    joined = []
    for row in sorted(rows, key=lambda row: min(piece.box[1] for piece in row)):
        top, bottom = min(piece.box[1] for piece in row), max(piece.bottom for piece in row)
        for other in joined:
            other_top, other_bottom = min(piece.box[1] for piece in other), max(piece.bottom for piece in other)
            overlap = min(bottom, other_bottom) - max(top, other_top)
            if overlap >= 0.6 * min(bottom - top, other_bottom - other_top):
                other.extend(row)
                break
        else:
            joined.append(list(row))
    return joined


def _distance(a, b):
    across = max(0, max(a.box[0], b.box[0]) - min(a.right, b.right))
    down = max(0, max(a.box[1], b.box[1]) - min(a.bottom, b.bottom))
    return float(np.hypot(across, down))


def _merged(row, typical):
    # Strokes of one character put together: those over each other, and small ones with what they are close to.
    row = sorted(row, key=lambda piece: piece.box[0])
    merging = True
    while merging:
        merging = False
        best = None
        for i, a in enumerate(row):
            for j in range(i + 1, min(i + 1 + _NEIGHBOURS, len(row))):
                b = row[j]
                overlap = min(a.right, b.right) - max(a.box[0], b.box[0])
                if overlap < -0.12 * typical:
                    continue
                narrow = min(a.box[2], b.box[2])
                small = min(a.box[3], b.box[3]) < 0.5 * typical
                close = small and _distance(a, b) <= 0.25 * typical
                wide = max(a.right, b.right) - min(a.box[0], b.box[0])
                over = overlap >= 0.5 * narrow and (small or wide <= 1.1 * typical)
                if (close or over) and (best is None or overlap / narrow > best[0]):
                    best = overlap / narrow, i, j
        if best is not None:
            _, i, j = best
            row[i] = _together(row[i], row.pop(j))
            row.sort(key=lambda piece: piece.box[0])
            merging = True
    return [piece for piece in row if max(piece.box[2:]) >= 0.35 * typical]


def _together(a, b):
    left, top = min(a.box[0], b.box[0]), min(a.box[1], b.box[1])
    width, height = max(a.right, b.right) - left, max(a.bottom, b.bottom) - top
    ink = np.zeros([height, width], np.uint8)
    for piece in (a, b):
        x, y = piece.box[0] - left, piece.box[1] - top
        window = ink[y : y + piece.box[3], x : x + piece.box[2]]
        np.maximum(window, piece.ink, out=window)
    return Character((left, top, width, height), ink)


def _words(row):
    # A gap is between words if it is wide for the characters' height and for the other gaps of the row.
    height = np.median([piece.box[3] for piece in row])
    gaps = [b.box[0] - a.right for a, b in itertools.pairwise(row)]
    usual = np.median(gaps) if gaps else 0
    words = [[row[0]]]
    for gap, piece in zip(gaps, row[1:], strict=True):
        if gap > max(0.75 * height, 1.8 * usual):
            words.append([])
        words[-1].append(piece)
    return words


def _trimmed(left, top, ink):
    rows, columns = (np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    own = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Character((left + int(columns[0]), top + int(rows[0]), own.shape[1], own.shape[0]), own)
