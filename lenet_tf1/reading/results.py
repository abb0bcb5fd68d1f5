"""What was read: digits in words in lines, as strings and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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
    """

    label: str
    probability: float
    probabilities: np.ndarray
    box: tuple[int, int, int, int]
    image: np.ndarray


Word = list[Digit]
Line = list[Word]


def digits(lines: Sequence[Line]) -> list[Digit]:
    """The Digits of all lines in reading order."""
    return [digit for line in lines for word in line for digit in word]


def texts(lines: Sequence[Line]) -> list[str]:
    """What is written, as strings: the words of all lines in reading order, such as ["2026", "11"]."""
    words = [[digit.label for digit in word] for line in lines for word in line]
    # Names of more than a letter would run into each other.
    return [("" if max(map(len, labels)) == 1 else " ").join(labels) for labels in words]


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """What is written, as JSON's types: the strings, and each digit with its label, probability and box."""
    return {
        "text": texts(lines),
        "digits": [
            {"label": digit.label, "probability": round(digit.probability, 4), "box": list(digit.box)}
            for digit in digits(lines)
        ],
    }
