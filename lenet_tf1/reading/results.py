"""What was read: digits in words in lines, as strings and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass
class Digit:
    """One recognised character.

    Attributes
    ----------
    label : str
        The most probable class.
    probability : float
        Of it, in 0..1.
    probabilities : ndarray
        Of every class, float32 [classes].
    box : tuple of int
        (left, top, width, height) in the picture's pixels.
    image : ndarray
        What the network saw, uint8 [28, 28].
    turned : int
        By how many degrees the picture is turned clockwise: 0, 90, 180 or 270.
    doubted : bool
        Whether the probability is below the network's threshold: it may well be none of the classes.
    """

    label: str
    probability: float
    probabilities: np.ndarray
    box: Box
    image: np.ndarray
    turned: int = 0
    doubted: bool = False


def judged(probabilities: np.ndarray, classes: Sequence[str]) -> tuple[str, float, np.ndarray]:
    """A Digit's label and probability by those of every class, and these: what it begins with."""
    best = int(probabilities.argmax())
    return classes[best], float(probabilities[best]), probabilities


Word = list[Digit]
Line = list[Word]


def digits(lines: Sequence[Line]) -> list[Digit]:
    """The Digits of all lines in reading order."""
    return [digit for line in lines for word in line for digit in word]


def texts(lines: Sequence[Line]) -> list[str]:
    """What is written, as strings: the words of all lines in reading order, such as ["2026", "11"]."""
    return [_text(word) for line in lines for word in line]


def turned(lines: Sequence[Line]) -> int:
    """By how many degrees the picture is turned clockwise, as far as its digits tell."""
    return max((digit.turned for digit in digits(lines)), default=0)


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """What is written, as JSON's types.

    Returns
    -------
    dict
        `text`, the words; `lines`, a list of each line's words; `turned`, by how many degrees the picture is turned
        clockwise; and `digits`, for each in reading order its `label`, its `probability`, those of every class,
        its `box` (left, top, width, height), and whether it is `doubted`.
    """
    return {
        "text": texts(lines),
        "lines": [[_text(word) for word in line] for line in lines],
        "turned": turned(lines),
        "digits": [
            {
                "label": digit.label,
                "probability": round(digit.probability, 4),
                "probabilities": [round(float(p), 4) for p in digit.probabilities],
                "box": list(digit.box),
                "doubted": digit.doubted,
            }
            for digit in digits(lines)
        ],
    }


COLUMNS = ("line", "word", "label", "probability", "left", "top", "width", "height")


def as_rows(lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    """What is written as rows of COLUMNS, one a digit; lines, and the words of each, are counted from 1."""
    return [
        (i, j, digit.label, round(digit.probability, 4), *digit.box)
        for i, line in enumerate(lines, 1)
        for j, word in enumerate(line, 1)
        for digit in word
    ]


def _text(word: Word) -> str:
    labels = [digit.label for digit in word]
    # Names of more than a letter would run into each other.
    return ("" if max(map(len, labels)) == 1 else " ").join(labels)
