"""What stands among digits and looks like one, but is a sign."""

from collections.abc import Sequence

import numpy as np

_LONGER = 1.1  # times the height of the others: a slash, of what is read as a 1
_SIDE = 0.15  # of a box's narrower side, within which each of its sides lies,
_WHOLE = 0.85  # and of its length, that has ink: a 0 is round, and leaves a quarter and more of them free
_SIDES = 3  # of four that are whole: a faint one may be lost
_INSIDE = 0.25  # of its height and width, from each side, beyond which no side reaches but a single heavy one,
_EMPTY = 0.03  # and the most ink there;
_ASIDE = 0.15  # of them, to either end, where no half of a box that is empty begins
_GROUPS = ({1, 2}, {1, 2}, {2, 4})  # how many digits a date's groups have


def slashes(word: Sequence[int], heights: np.ndarray, ones: np.ndarray) -> list[int]:
    """The indices of a word's digits that are a date's slashes: long 1s that leave a day, a month and a year.

    Long 1s elsewhere are 1s: many people write them longer than other digits.

    Parameters
    ----------
    word : sequence of int
        Indices in reading order.
    heights : ndarray
        Float [n].
    ones : ndarray
        Bool [n], whether each is read as a 1.
    """
    others = [heights[i] for i in word if not ones[i]]
    if not others:
        return []
    usual = np.median(others)
    places = [k for k, i in enumerate(word) if ones[i] and heights[i] > _LONGER * usual]
    for first in places:
        for second in places:
            groups = (first, second - first - 1, len(word) - second - 1)
            if all(n in allowed for n, allowed in zip(groups, _GROUPS, strict=True)):
                return [word[first], word[second]]
    return []


def is_box(ink: np.ndarray) -> bool:
    """Whether ink that fills its picture, uint8 [height, width], is an empty box, such as a form's cell: no 0, no 1."""
    written = ink > 127
    reach = int(_SIDE * min(written.shape))
    if reach < 1:
        return False
    sides = (written[:reach], written[-reach:], written[:, :reach].T, written[:, -reach:].T)
    rows, columns = (slice(int(_INSIDE * side), side - int(_INSIDE * side)) for side in written.shape)
    # One of its sides may be heavy: the middle is then nearer to the other.
    empty = min(_emptiest_half(written[rows].mean(axis=0)), _emptiest_half(written[:, columns].mean(axis=1))) <= _EMPTY
    whole = sum(side.any(axis=0).mean() >= _WHOLE for side in sides)
    return bool(empty) and whole >= _SIDES


def _emptiest_half(ink: np.ndarray) -> float:
    # The least mean of as many neighbours as are half of all, about the middle.
    half, aside = max(1, len(ink) // 2), int(_ASIDE * len(ink))
    return float(np.convolve(ink[aside : len(ink) - aside], np.full(half, 1 / half), "valid").min())
