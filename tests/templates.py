"""Digits as strokes of a pen, bent and slanted at random: what the package's own hands had no part in."""

import cv2
import numpy as np

# Ten units wide, fourteen high, y downwards. A stroke is a smooth curve through its points; | is a corner in it,
# / lifts the pen.
DIGITS = {
    "0": [
        "5,0 2,1 0,5 0,9 2,13 5,14 8,13 10,9 10,5 8,1 5,0",
        "6,0 3,1 1,6 2,12 5,14 8,12 9,7 8,2 6,0 4,1",
        "4,1 1,4 0,9 3,14 7,13 10,8 9,3 6,1",
        "5,0 1,3 0,7 1,11 5,14 9,11 10,7 9,3 5,0 / 9,1 1,13",
    ],
    "1": [
        "5,0 5,14",
        "2,3 5,0 | 5,0 5,14",
        "0,6 5,0 | 5,0 5,14",
        "5,0 5,14 / 2,14 8,14",
        "2,3 5,0 | 5,0 5,14 / 2,14 8,14",
        "1,5 5,0 | 5,0 5,14 / 1,14 9,14",
        "0,8 3,4 6,0 | 6,0 5,7 4,14",
        "2,3 5,0 | 5,0 5,14 | 5,14 2,14 | 2,14 8,14",
        "4,1 5,0 | 5,0 5,12 7,14",
        "0,9 2,6 6,0 | 6,0 5,14",
        "1,5 4,3 5,0 | 5,0 5,14 / 3,14 8,13",
        "0,10 6,0 | 6,0 6,14",
        "0,12 5,0 | 5,0 7,14",
        "0,7 6,0 | 6,0 6,14 / 3,14 9,14",
    ],
    "2": [
        "1,3 3,0 7,0 9,3 8,6 4,10 0,14 | 0,14 10,14",
        "1,3 4,0 8,1 9,4 6,9 2,13 0,13 1,11 4,12 7,14 10,13",
        "1,4 2,1 5,0 8,1 9,4 7,8 3,11 0,14 | 0,14 3,13 7,14 10,13",
        "0,1 9,1 | 9,1 0,13 | 0,13 10,13",
        "0,4 3,0 8,1 8,5 4,10 1,13 | 1,13 5,13 9,14",
        "2,2 5,0 9,2 8,6 3,11 0,14 1,12 4,13 9,14",
    ],
    "3": [
        "1,2 4,0 8,1 9,4 7,6 4,7 | 4,7 8,8 10,11 7,14 3,14 0,12",
        "1,0 9,0 | 9,0 4,6 | 4,6 8,7 10,10 7,14 3,14 0,12",
        "1,2 4,0 8,1 8,5 5,7 3,6 5,6 9,8 9,12 5,14 1,13",
        "0,2 3,0 7,0 8,3 6,6 3,7 7,8 9,11 7,14 2,14 0,13",
        "1,1 5,0 8,2 7,5 4,6 | 4,6 8,8 8,12 4,14 0,14",
    ],
    "4": [
        "2,0 1,5 0,9 | 0,9 10,9 / 7,3 7,14",
        "7,0 0,10 | 0,10 10,10 / 7,0 7,14",
        "1,0 1,7 | 1,7 9,7 / 8,0 8,14",
        "8,14 8,0 | 8,0 0,9 | 0,9 10,9",
        "1,0 0,5 3,7 8,6 / 9,0 8,7 7,14",
        "2,0 1,4 0,8 2,8 9,7 / 8,1 6,14",
        "6,0 0,9 | 0,9 9,9 / 6,5 6,14",
        "1,0 1,6 | 1,6 8,6 | 8,6 8,0 | 8,0 8,14",
        "3,0 0,7 | 0,7 6,7 / 9,0 9,14",
        "4,0 0,8 | 0,8 9,7 / 7,4 4,14",
        "1,1 0,6 2,8 7,7 9,4 / 9,0 9,8 8,14",
    ],
    "5": [
        "2,0 1,6 | 1,6 5,5 9,8 9,12 5,14 1,13 / 2,0 9,0",
        "9,0 2,0 | 2,0 1,6 | 1,6 5,5 9,8 9,12 5,14 0,13",
        "9,1 4,0 1,3 3,6 8,8 9,11 6,14 1,13",
        "2,1 1,6 | 1,6 6,5 9,9 7,13 3,14 0,12 / 1,0 9,0",
        "9,0 2,0 | 2,0 2,6 | 2,6 8,6 | 8,6 9,10 8,14 | 8,14 1,14",
        "2,0 2,6 6,6 9,9 7,13 2,14 0,13 / 2,0 8,0",
        "3,1 2,6 | 2,6 6,6 8,9 7,13 3,14 0,13 / 4,1 10,0",
        "8,0 3,1 2,5 6,7 7,11 4,14 0,13",
    ],
    "6": [
        "7,0 3,4 0,9 2,13 6,14 9,11 7,8 3,8 1,10",
        "6,0 2,6 0,11 3,14 7,13 8,10 5,8 1,10",
        "9,1 5,0 1,4 0,10 3,14 8,13 9,9 5,7 1,10",
        "5,0 1,7 1,12 4,14 7,12 6,9 3,9 1,11",
        "2,0 1,6 1,11 4,14 8,13 9,10 6,8 2,9",
    ],
    "7": [
        "0,0 9,0 | 9,0 4,14",
        "0,1 5,0 9,0 | 9,0 6,6 4,14",
        "0,0 9,0 | 9,0 4,14 / 3,7 9,7",
        "0,3 0,0 | 0,0 9,0 | 9,0 5,7 4,14",
        "0,3 0,0 | 0,0 9,0 | 9,0 5,7 4,14 / 2,7 8,7",
        "0,2 3,0 6,1 9,0 | 9,0 5,8 3,14",
        "0,2 3,0 6,1 9,0 | 9,0 5,8 3,14 / 2,8 9,6",
        "1,0 8,0 | 8,0 8,14",
        "1,0 8,0 | 8,0 7,14 / 4,7 10,7",
        "0,3 1,0 | 1,0 8,1 9,2 6,7 3,14",
        "0,3 1,0 | 1,0 9,0 | 9,0 5,7 2,14 / 1,8 9,7",
        "0,1 9,0 | 9,0 5,5 3,10 3,14",
        "0,1 9,0 | 9,0 4,8 3,14 / 3,6 8,8",
        "0,3 3,0 7,1 8,5 6,14",
        "0,3 3,0 7,1 8,5 6,14 / 3,8 10,6",
    ],
    "8": [
        "8,2 5,0 1,2 2,5 7,8 9,11 5,14 1,12 2,9 7,5 9,2 6,0",
        "5,0 2,2 2,5 5,7 8,5 8,2 5,0 / 5,7 1,9 1,13 5,14 9,13 9,9 5,7",
        "5,7 1,4 3,0 7,0 9,3 5,7 1,10 2,14 8,14 9,10 5,7",
        "9,1 4,0 1,3 4,6 9,9 9,13 4,14 0,12 2,8 6,5 9,2",
        "7,1 3,0 1,3 5,6 9,9 8,13 3,14 1,11 4,7 8,4 8,1",
    ],
    "9": [
        "8,2 5,0 1,2 1,6 4,8 8,5 8,2 | 8,2 8,14",
        "8,2 4,0 1,3 2,7 6,7 8,3 | 8,3 8,10 6,14 2,14 0,12",
        "9,2 5,0 1,3 2,7 6,7 9,2 | 9,2 7,8 5,14",
        "8,3 5,0 1,2 1,5 4,7 7,6 8,3 9,8 7,12 3,14",
        "8,1 4,0 1,3 3,7 7,6 8,1 | 8,1 8,9 7,13 4,14 1,12",
        "8,0 3,1 1,4 3,7 8,5 / 8,0 8,14",
        "9,0 4,1 1,4 4,7 8,5 9,1 | 9,1 8,14",
        "8,2 4,0 1,3 3,7 7,6 8,2 | 8,2 8,12 10,14",
        "7,2 4,0 1,2 2,5 6,5 7,2 | 7,2 8,8 6,13 2,14 1,11 4,10",
        "8,1 5,0 2,2 2,5 5,6 8,3 | 8,3 7,9 4,13 0,14",
        "8,2 5,0 2,1 1,4 3,6 7,5 8,2 9,7 8,12 5,14 1,13 0,11",
        "7,1 3,0 1,3 3,6 7,4 8,1 | 8,1 9,6 9,11 6,14 2,13",
        "8,3 6,0 2,0 1,4 4,6 7,5 | 7,5 8,2 8,10 5,14 0,13",
        "9,1 5,0 2,2 2,5 6,6 8,3 8,8 6,13 3,14 2,12 6,11 10,10",
        "7,3 5,0 2,1 2,5 5,5 8,2 7,10 9,14",
    ],
}

_WIDTHS = (0.0, 2.0)  # times the template's, what a character may have


def draw(
    template: str,
    rng: np.random.Generator,
    *,
    height: int = 100,
    pen: float | None = None,
    widths: tuple[float, float] = _WIDTHS,
    strength: float = 1.0,
) -> np.ndarray:
    """Write a template by another hand.

    Parameters
    ----------
    template : str
        One of DIGITS'.
    rng : numpy.random.Generator
        The hand.
    height : int
        The character's, in pixels; less for a very wide one.
    pen : float, optional
        Its width in pixels; at random unless given, 5 to 17 hundredths of the height.
    widths : tuple of float
        How many times its template's width it may have, at least and at most.
    strength : float
        How far the hand departs from the template, 0 not at all.

    Returns
    -------
    numpy.ndarray
        uint8 [rows, columns], 0 background to 255 ink, with a margin all around.
    """
    strokes = [curve(stroke, rng, strength) for stroke in template.split("/")]
    strokes = _bend(strokes, rng, widths, strength)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = height / max(high[1] - low[1], 0.4 * (high[0] - low[0]), 1e-3)
    pen = height * rng.uniform(0.05, 0.17) if pen is None else pen
    margin = int(pen) + 3
    size = np.ceil((high - low) * scale).astype(int) + 2 * margin
    canvas = np.zeros([size[1], size[0]], np.uint8)
    for stroke in strokes:
        fixed_point = np.round(((stroke - low) * scale + margin) * 16).astype(np.int32)
        cv2.polylines(canvas, [fixed_point], False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
    return canvas


def curve(stroke: str, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Draw a smooth line through a stroke's points.

    Parameters
    ----------
    stroke : str
        Of a template: what is between two slashes.
    rng : numpy.random.Generator
        Moves each of the points.
    strength : float
        How far: the standard deviation in half units of the template, which is ten units wide.

    Returns
    -------
    numpy.ndarray
        float64 [n, 2] of (x, y) in the template's units.

    References
    ----------
    E. Catmull, R. Rom, A class of local interpolating splines, 1974.
    """
    pieces: list[np.ndarray] = []
    end = None
    for piece in stroke.split("|"):
        points = np.array([point.split(",") for point in piece.split()], float)
        points += rng.normal(0, 0.5, points.shape) * strength
        if end is not None:
            points[0] = end  # a corner is one point
        end = points[-1]
        pieces.append(_spline(points))
    return np.concatenate(pieces)


def _spline(points: np.ndarray, per_segment: int = 8) -> np.ndarray:
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None]
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    between = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate([between.reshape(-1, 2), points[-1:]])


def _bend(
    strokes: list[np.ndarray], rng: np.random.Generator, widths: tuple[float, float], strength: float
) -> list[np.ndarray]:
    # One affine map for all of a character, then slow waves.
    angle = rng.normal(0, 0.1) * strength
    width = np.clip(np.exp(rng.normal(0.05, 0.3)), *widths)  # on a page people write wider than on paper
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[width, rng.normal(-0.1, 0.22) * strength], [0, 1]])
    waves = rng.normal(0, 0.4, [2, 2, 2]) * strength  # axis that moves, axis that it moves along, wave
    bent = []
    for stroke in strokes:
        centered = stroke - (5, 7)
        phase = centered / (10, 14) * np.pi
        moves = np.einsum("nkw,akw->na", np.stack([np.sin(phase), np.sin(2 * phase)], axis=2), waves)
        bent.append((centered + moves) @ matrix.T)
    return bent
