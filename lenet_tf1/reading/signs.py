"""What stands among digits and looks like one, but is a sign."""

from collections.abc import Sequence

import numpy as np

_LONGER = 1.1  # times the height of the others: a slash, of what is read as a 1
_GROUPS = ({1, 2}, {1, 2}, {2, 4})  # how many digits a date's groups have


def slashes(word: Sequence[int], heights: np.ndarray, ones: np.ndarray) -> list[int]:
    """The indices of a word's digits that are a date's slashes: long 1s that leave two, two and four digits.

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
