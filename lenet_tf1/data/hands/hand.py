"""A hand: random numbers in the words that the programs need, and arcs, which most digits are made of."""

import math
import random

import numpy as np

Point = tuple[float, float]
Strokes = list[list[list[Point]]]  # of pieces of points: see programs.py


class Hand(random.Random):
    """Random numbers in the words that the programs need; the same seed gives the same hand everywhere."""

    def maybe(self, share: float) -> bool:
        """True in that share of all hands."""
        return self.random() < share

    def about(self, x: float, y: float, spread: float) -> Point:
        """A point at most `spread` from (x, y) in either direction."""
        return x + self.uniform(-spread, spread), y + self.uniform(-spread, spread)


def any_hand(rng: np.random.Generator) -> Hand:
    """The next of a generator's hands."""
    return Hand(int(rng.integers(2**62)))


def arc(center: Point, radii: Point, start: float, sweep: float, drift: float = 0.0) -> list[Point]:
    """Points on an ellipse, one every 40 degrees or less.

    Parameters: `start` and `sweep` in degrees, clockwise from the top; a negative sweep runs the other way; `drift`
    how much larger the radii are at the end than at the start, as a share of them.
    """
    n = max(2, math.ceil(abs(sweep) / 40))
    points = []
    for i in range(n + 1):
        angle, size = math.radians(start + sweep * i / n), 1 + drift * i / n
        points.append((center[0] + size * radii[0] * math.sin(angle), center[1] - size * radii[1] * math.cos(angle)))
    return points
