"""The lines and words that digits stand in, whichever way the sheet is turned."""

from collections.abc import Sequence

import numpy as np

_MOST_TURN = np.deg2rad(45)  # of a sheet
_STEP = np.deg2rad(1)
_PRECISION = np.deg2rad(5)  # how well two neighbours tell the direction of their row
_LEVEL = 1.15  # how much better a slope has to be than none
_REACH = 3.0  # heights: how far apart neighbours are
_OFF = 0.5  # heights: how far off its row a digit may stand
_GAP = 0.75  # heights: the least gap between words,
_USUAL = 1.8  # and by how much it is wider than the row's others


def lines(centers: np.ndarray, sizes: np.ndarray) -> list[list[list[int]]]:
    """The reading order of digits: a list of lines, top to bottom, each a list of words, each a list of indices.

    Parameters
    ----------
    centers, sizes : ndarray
        Float [n, 2] in pixels.
    """
    if not len(centers):
        return []
    height = np.median(sizes.max(axis=1))
    angle = direction(centers, height)
    c, s = np.cos(angle), np.sin(angle)
    turned = centers @ np.array([[c, -s], [s, c]])
    rows = _joined(_rows(turned, height), turned, height)
    rows.sort(key=lambda row: turned[row, 1].mean())
    return [_words(row, turned, sizes) for row in rows]


def direction(centers: np.ndarray, height: float) -> float:
    """The angle of the rows, radians in -0.79..0.79: the one that most neighbours agree on."""
    away = centers[None] - centers[:, None]
    far = np.hypot(away[..., 0], away[..., 1])
    pairs = (away[..., 0] > 0) & (far < _REACH * height)
    if not pairs.any():
        return 0.0
    angles, distances = np.arctan2(away[..., 1], away[..., 0])[pairs], far[pairs]
    weights = np.exp(-((distances / (1.5 * height)) ** 2))
    tried = np.arange(-_MOST_TURN, _MOST_TURN + _STEP, _STEP)
    votes = (weights * np.exp(-(((tried[:, None] - angles) / _PRECISION) ** 2))).sum(axis=1)
    level = votes[np.abs(tried) < np.deg2rad(6)].max()
    near = np.abs(tried) < np.deg2rad(6) if votes.max() < _LEVEL * level else np.ones(len(tried), bool)
    return float(tried[near][np.argmax(votes[near])])


def _rows(turned: np.ndarray, height: float) -> list[list[int]]:
    # Each digit is put after the one before it that is nearest, if that stands at its height.
    rows: list[list[int]] = []
    ends: list[float] = []
    for i in np.argsort(turned[:, 0], kind="stable"):
        best = None
        for k, row in enumerate(rows):
            across, down = turned[i] - turned[row[-1]]
            slope = ends[k]
            off = abs(down - slope * across)
            if across < 4 * height and off < _OFF * height and (best is None or off + 0.2 * across < best[0]):
                best = off + 0.2 * across, k
        if best is None:
            rows.append([int(i)])
            ends.append(0.0)
        else:
            rows[best[1]].append(int(i))
            ends[best[1]] = _slope(turned[rows[best[1]][-5:]])
    return rows


def _slope(points: np.ndarray) -> float:
    if len(points) < 4:
        return 0.0
    x, y = (points - points.mean(axis=0)).T
    return float(np.clip((x @ y) / max(x @ x, 1e-6), -0.25, 0.25))


def _joined(rows: list[list[int]], turned: np.ndarray, height: float) -> list[list[int]]:
    # Rows beside each other, with a wide gap between, are one.
    rows = sorted(rows, key=lambda row: turned[row[0], 0])
    joined: list[list[int]] = []
    for row in rows:
        for other in joined:
            apart = turned[row[0], 0] - turned[other[-1], 0]
            if apart > 0 and abs(turned[row, 1].mean() - turned[other, 1].mean()) < _OFF * height:
                other.extend(row)
                break
        else:
            joined.append(list(row))
    return joined


def gaps(row: Sequence[int], centers: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How far a row's digits, in reading order, are from the next: float [n - 1] in pixels, below 0 if they overlap.

    Parameters
    ----------
    row : sequence of int
        Indices.
    centers, sizes : ndarray
        Float [n, 2] in pixels.
    """
    x, half = centers[row, 0], sizes[row, 0] / 2
    return np.asarray((x[1:] - half[1:]) - (x[:-1] + half[:-1]))


def _words(row: list[int], turned: np.ndarray, sizes: np.ndarray) -> list[list[int]]:
    height = np.median(sizes[row].max(axis=1))
    between = gaps(row, turned, sizes)
    # Few rows have more gaps between words than in them.
    usual = max(np.percentile(between, 30), 0) if len(between) else 0
    words = [[row[0]]]
    for gap, i in zip(between, row[1:], strict=True):
        if gap > max(_GAP * height, _USUAL * usual):
            words.append([])
        words[-1].append(i)
    return words
