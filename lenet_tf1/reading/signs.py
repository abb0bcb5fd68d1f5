"""What stands among digits and looks like one, but is a sign."""

import itertools
from collections.abc import Sequence

import numpy as np

from lenet_tf1.reading.rows import gaps

_LONGER = 1.1  # times the height of the others: a slash, of what is read as a 1,
# and one whose partner was not found. Of dates on paper (benchmarks/on_paper.py), 60 each with seeds 77, 31 and 32, 57,
# 58 and 59 are read instead of 53, 48 and 55.
_ALONE = 1.2
_LEANING = 0.3  # of its height, how wide it is at least, because it leans,
_GAP = 2.0  # and in heights, the widest gap that the other one leaves
_SIDE = 0.15  # of a box's narrower side, within which each of its sides lies,
_WHOLE = 0.85  # and of its length, that has ink: a 0 is round, and leaves a quarter and more of them free
_SIDES = 3  # of four that are whole: a faint one may be lost
_INSIDE = 0.25  # of its height and width, from each side, beyond which no side reaches but a single heavy one,
_EMPTY = 0.03  # and the most ink there;
_ASIDE = 0.15  # of them, to either end, where no half of a box that is empty begins
_GROUPS = ({1, 2}, {1, 2}, {2, 4})  # how many digits a date's groups have


def slashes(line: Sequence[Sequence[int]], centers: np.ndarray, sizes: np.ndarray, ones: np.ndarray) -> set[int]:
    """The indices of a line's digits that are a date's slashes: long 1s that leave a day, a month and a year.

    Long 1s elsewhere are 1s: many people write them longer than other digits. Where one of the two slashes was not
    found, there is a gap, and two words for the one.

    Parameters
    ----------
    line : sequence of sequence of int
        Words, each of indices in reading order.
    centers, sizes : ndarray
        Float [n, 2] in pixels.
    ones : ndarray
        Bool [n], whether each is read as a 1.
    """
    heights = sizes[:, 1]
    found = {i for word in line for i in _both_slashes(word, heights, ones)}
    for left, right in itertools.pairwise(line):
        (gap,) = gaps([left[-1], right[0]], centers, sizes)
        if gap < _GAP * np.median(heights[[*left, *right]]):
            found |= _other_slash(left, right, sizes, ones)
    return found


def _both_slashes(word: Sequence[int], heights: np.ndarray, ones: np.ndarray) -> Sequence[int]:
    places = _long_ones(word, heights, ones, _LONGER)
    for first in places:
        for second in places:
            if _is_date(first, second - first - 1, len(word) - second - 1):
                return word[first], word[second]
    return ()


def _other_slash(left: Sequence[int], right: Sequence[int], sizes: np.ndarray, ones: np.ndarray) -> set[int]:
    # The one that was found, of a date with a gap in place of the other one: no other 1 is as long, and it leans.
    both = [*left, *right]
    places = _long_ones(both, sizes[:, 1], ones, _ALONE)
    if len(places) != 1:
        return set()
    (place,) = places
    if place < len(left):
        is_date = _is_date(place, len(left) - place - 1, len(right))
    else:
        is_date = _is_date(len(left), place - len(left), len(both) - place - 1)
    width, height = sizes[both[place]]
    return {both[place]} if is_date and width > _LEANING * height else set()


def _long_ones(word: Sequence[int], heights: np.ndarray, ones: np.ndarray, longer: float) -> list[int]:
    # The places in a word of 1s that are so many times higher than the digits that are none.
    others = [heights[i] for i in word if not ones[i]]
    usual = np.median(others) if others else np.inf
    return [k for k, i in enumerate(word) if ones[i] and heights[i] > longer * usual]


def _is_date(*groups: int) -> bool:
    return all(n in allowed for n, allowed in zip(groups, _GROUPS, strict=True))


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
