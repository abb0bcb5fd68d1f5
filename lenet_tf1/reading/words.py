"""From the characters of a word to its digits: of all ways to join and cut them, the most probable one."""

from collections.abc import Callable, Sequence

import numpy as np

from lenet_tf1.reading import settings
from lenet_tf1.reading.results import Digit
from lenet_tf1.reading.segmentation import Character, cut, join

Classify = Callable[[list[Character]], list[Digit]]
Span = tuple[int, int]  # of pieces: the first, and the one after the last


def read_word(characters: Sequence[Character], classify: Classify) -> list[Digit]:
    """The Digits of a word.

    Strokes that are close together may be one digit, and what touches may be several: of all ways to join the one
    and cut the other, it is read in the way that the network doubts least.

    Parameters
    ----------
    characters : sequence of Character
        Left to right.
    classify : callable
        From Characters to a Digit each.
    """
    whole = classify(list(characters))
    pieces, parts = _pieces(characters, whole)
    if len(pieces) * settings.MOST_JOINED > settings.MOST_SPANS:
        return whole
    unknown = _spans([piece for piece, _ in pieces], parts)
    if not unknown:  # nothing to join and nothing to cut
        return whole
    parts |= zip(unknown, classify(list(unknown.values())), strict=True)
    return _cheapest(parts, [origin for _, origin in pieces])


def _pieces(
    characters: Sequence[Character], whole: Sequence[Digit]
) -> tuple[list[tuple[Character, int]], dict[Span, Digit]]:
    # What the characters are cut into, each with the number of its character; and the Digits of those left whole.
    pieces: list[tuple[Character, int]] = []
    parts: dict[Span, Digit] = {}
    for i, (character, digit) in enumerate(zip(characters, whole, strict=True)):
        wide = character.box[2] > settings.CUT_WIDTH * character.box[3]
        if wide and digit.probability < settings.UNSURE_CUT:
            pieces += [(piece, i) for piece in cut(character)]
        else:
            parts[len(pieces), len(pieces) + 1] = digit
            pieces.append((character, i))
    return pieces, parts


def _spans(pieces: Sequence[Character], known: dict[Span, Digit]) -> dict[Span, Character]:
    # What neighbouring pieces are together, where that isn't known already.
    unknown: dict[Span, Character] = {}
    for start in range(len(pieces)):
        for end in range(start + 1, min(start + settings.MOST_JOINED, len(pieces)) + 1):
            if (start, end) not in known:
                several = pieces[start:end]
                one = join(several) if len(several) > 1 else several[0]
                if one is not None:
                    unknown[start, end] = one
    return unknown


def _cheapest(parts: dict[Span, Digit], origins: Sequence[int]) -> list[Digit]:
    # The shortest path from the first piece to the last, a part costing what the network doubts of it, and something
    # for being one.
    costs, paths = {0: 0.0}, {0: list[Digit]()}
    for end in range(1, len(origins) + 1):
        ways = []
        for (start, stop), digit in parts.items():
            if stop == end:
                was_cut = start > 0 and origins[start] == origins[start - 1]
                price = settings.CUT_COST if was_cut else settings.DIGIT_COST
                ways.append((costs[start] - np.log(digit.probability) + price, [*paths[start], digit]))
        costs[end], paths[end] = min(ways, key=lambda way: way[0])
    return paths[len(origins)]
