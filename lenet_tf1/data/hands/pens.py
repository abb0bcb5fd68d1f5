"""How a hand and its pen turn strokes into ink: proportions, slant, hurry, the pen's width and pressure, the scan."""

import math

import cv2
import numpy as np

from lenet_tf1.data.hands.hand import Hand, Strokes
from lenet_tf1.data.normalize import brush

HEIGHT = 72  # pixels of a drawn character: three times what MNIST's have, enough for the finest pen
_SAMPLES = 6  # points of a curve between two of a program's
# How wide a digit may be for its height, before it is slanted: a very wide 1 is a 7, a narrow 7 a 1.
_WIDTHS = {0: (0.3, 1.3), 1: (0.02, 0.9), 4: (0.42, 1.35), 7: (0.54, 1.25)}
_ANY_WIDTH = (0.38, 1.3)


def curves(strokes: Strokes) -> list[np.ndarray]:
    """Smooth lines through a program's points (Catmull, Rom 1974): a list of float64 [n, 2], one a stroke."""
    knots, lengths = [], []
    for stroke in strokes:
        segments = 0
        for piece in stroke:
            (x0, y0), (x1, y1), (x2, y2), (x3, y3) = piece[0], piece[1], piece[-2], piece[-1]
            padded = [(2 * x0 - x1, 2 * y0 - y1), *piece, (2 * x3 - x2, 2 * y3 - y2)]
            knots += [padded[i : i + 4] for i in range(len(piece) - 1)]
            segments += len(piece) - 1
        lengths.append(segments)
    a, b, c, d = np.array(knots).transpose(1, 0, 2)[:, :, None]  # [segments, 1, 2] each
    points = 0.5 * (2 * b + (c - a) * _T + (2 * a - 5 * b + 4 * c - d) * _T**2 + (3 * b - a - 3 * c + d) * _T**3)
    drawn, start = [], 0
    for segments in lengths:
        end = start + segments
        drawn.append(np.concatenate([points[start:end].reshape(-1, 2), c[end - 1]]))
        start = end
    return drawn


_T = np.linspace(0, 1, _SAMPLES, endpoint=False)[:, None]


def written(strokes: Strokes, h: Hand, digit: int | None = None) -> list[np.ndarray]:
    """A program's strokes in one person's hand: a list of float64 [n, 2], the character HEIGHT pixels high or less.

    Parameters: `h` a Hand; `digit` what is written, which bounds how wide it may become.
    """
    lines = curves([[[h.about(x, y, _WOBBLE) for x, y in p] if len(p) > 2 else p for p in s] for s in strokes])
    if h.maybe(0.35):
        width = 3 if digit in _NEEDS_CORNERS else h.choice(_HURRY)
        lines = [_rounded(line, width) for line in lines]
    ends = np.cumsum([len(line) for line in lines])[:-1]
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) / max(high[1] - low[1], 0.5 * (high[0] - low[0]))  # y within -0.5..0.5
    points = _slanted(_proportioned(points, h, 0.01 if digit == 1 else 0.02), h, digit)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - low) * (HEIGHT / max(high[1] - low[1], 0.6 * (high[0] - low[0]), 1e-6))
    return np.split(points, ends)


_WOBBLE = 0.22  # units: an unsteady hand's, beyond a program's own ranges
_HURRY = (3, 5, 7, 9)  # points of a line that a hurried hand takes for one
_NEEDS_CORNERS = (1, 4)  # a round 4 is a 9, a round 1 with a foot a 2


def _rounded(line: np.ndarray, width: int) -> np.ndarray:
    # Corners cut by a hand that is quick: a running mean, the ends where they were.
    if len(line) <= 2 * width:
        return line
    half = width // 2
    padded = np.concatenate([2 * line[0] - line[half:0:-1], line, 2 * line[-1] - line[-2 : -2 - half : -1]])
    sums = np.cumsum(np.concatenate([np.zeros([1, 2]), padded]), axis=0)
    return (sums[width:] - sums[:-width]) / width


def _proportioned(points: np.ndarray, h: Hand, waves: float) -> np.ndarray:
    # Monotone maps of height and of width, another width at the top than at the bottom, and slow waves.
    x, y = points.T
    half = max(np.abs(x).max(), 1e-3)
    y = (y + 0.5).clip(0, 1) ** math.exp(h.gauss(0, 0.2)) - 0.5
    x = half * (2 * (x / (2 * half) + 0.5).clip(0, 1) ** math.exp(h.gauss(0, 0.12)) - 1)
    x = x * (1 + min(max(h.gauss(0, 0.25), -0.5), 0.5) * y)
    # Sines of half and of a whole wave across the character, along either axis.
    wave = [h.gauss(0, waves) for _ in range(8)]
    u, v = x / (2 * half) * (2 * math.pi), y * (2 * math.pi)
    su, sv, s2u, s2v = np.sin(u), np.sin(v), np.sin(u / 2), np.sin(v / 2)
    x, y = (
        x + wave[0] * su + wave[1] * sv + wave[2] * s2u + wave[3] * s2v,
        y + wave[4] * su + wave[5] * sv + wave[6] * s2u + wave[7] * s2v,
    )
    return np.stack([x, y], axis=1)


def _slanted(points: np.ndarray, h: Hand, digit: int | None) -> np.ndarray:
    # Slant, a turn of the whole, and a width that is still the digit's.
    mean, spread = (-0.2, 0.3) if digit == 1 else (-0.15, 0.25)
    slant = min(max(h.gauss(mean, spread), -0.8), 0.45)
    angle = min(max(h.gauss(0, 0.09), -0.25), 0.25)
    low, high = _ANY_WIDTH if digit is None else _WIDTHS.get(digit, _ANY_WIDTH)
    wide = np.ptp(points[:, 0])
    factor = math.exp(h.gauss(0.06, 0.33))
    if digit != 1 or wide > 0.15:
        factor = min(max(factor * wide, low), high) / max(wide, 0.02)
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[factor, slant], [0, 1]])
    return points @ matrix.T


def ink_of(lines: list[np.ndarray], h: Hand, digit: int | None = None) -> np.ndarray:
    """The lines drawn with one pen: uint8 [rows, columns], 0 background to 255 ink.

    A pen is round and even; or pressed more here than there; or broad-edged, so that its width is the direction's.
    """
    pen = min(pen_width(h), _boldest(lines, digit))
    margin = int(pen) + 6
    size = np.ceil(np.max([line.max(axis=0) for line in lines], axis=0)).astype(int) + 2 * margin
    canvas = np.zeros([size[1], size[0]], np.uint8)
    fixed = [np.round((line + margin) * 16).astype(np.int32) for line in lines]
    kind = h.random()
    if kind < 0.7 or pen < 4:
        cv2.polylines(canvas, fixed, False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
    elif kind < 0.85:  # pressure in waves along the line
        phase, speed, depth = h.uniform(0, 6.28), h.uniform(0.05, 0.35), h.uniform(0.15, 0.4)
        for line in fixed:
            for i in range(len(line) - 1):
                width = max(1, round(pen * (1 + depth * math.sin(phase + speed * i))))
                cv2.line(canvas, line[i], line[i + 1], 255, width, cv2.LINE_AA, 4)
    else:  # a broad edge: the same thin line, side by side
        angle, reach = h.uniform(0, math.pi), 16 * 0.4 * pen
        for share in (-1, -0.5, 0, 0.5, 1):
            offset = np.array([math.cos(angle), math.sin(angle)]) * reach * share
            moved = [line + offset.astype(np.int32) for line in fixed]
            cv2.polylines(canvas, moved, False, 255, max(1, round(0.55 * pen)), cv2.LINE_AA, 4)
    return canvas


def pen_width(h: Hand) -> float:
    """A pen's width in pixels, for a character HEIGHT high: mostly a pencil's to a felt pen's, at times a marker's."""
    kind = h.random()
    if kind < 0.2:
        return HEIGHT * h.uniform(0.025, 0.06)
    return HEIGHT * (h.uniform(0.05, 0.14) if kind < 0.8 else h.uniform(0.13, 0.3))


def _boldest(lines: list[np.ndarray], digit: int | None) -> float:
    # The pen that leaves a digit readable: one that is bolder fills what the lines go around.
    if digit == 1:
        return 0.3 * HEIGHT
    hull = cv2.contourArea(cv2.convexHull(np.concatenate(lines).astype(np.float32)))
    length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)
    return max((1.1 if digit == 7 else _FILLED) * hull / length, 2.0)


_FILLED = 0.75  # of a digit's convex hull, the most that a line of that length and the pen's width may cover


def outlined(ink: np.ndarray, h: Hand) -> np.ndarray:
    """The outline of ink that is made bolder first: uint8 [rows, columns] to uint8 [rows + 16, columns + 16]."""
    bolder = cv2.dilate(np.pad(ink, 8), brush(h.randint(5, 13)))
    return bolder - cv2.erode(bolder, brush(h.randint(5, 10)))


def scanned(ink: np.ndarray, h: Hand) -> np.ndarray:
    """The ink as a picture shows it: as it is in half of all cases, else blurred, ragged, or of few pixels.

    Now and then it fills a frame.

    Parameters: `ink` uint8 [rows, columns]. Returns the same kind of array, perhaps of another size.
    """
    if h.maybe(_FRAMED):
        rows, columns = ink.shape
        ink = cv2.resize(ink, (max(columns, round(rows * h.uniform(0.6, 1.05))), rows), interpolation=cv2.INTER_AREA)
    kind = h.random()
    if kind < 0.5:
        return ink
    if kind < 0.65:
        return _sharper(cv2.GaussianBlur(ink, (0, 0), h.uniform(0.8, 2.6)), h.uniform(1, 2))
    if kind < 0.75:  # an edge that is ragged, as on paper that ink runs into
        noise = np.frombuffer(h.randbytes(ink.size), np.uint8).reshape(ink.shape)
        rough = cv2.GaussianBlur(noise, (0, 0), h.uniform(1.2, 3)).astype(np.int16) - 128
        soft = cv2.GaussianBlur(ink, (0, 0), h.uniform(1.0, 2.0)).astype(np.int16)
        ragged = ((soft + rough * h.uniform(1, 4) > 0.4 * soft.max()) * 255).astype(np.uint8)
        return np.where(soft > 0.1 * soft.max(), ragged, 0).astype(np.uint8)
    return _coarse(ink, h)


_FRAMED = 0.12  # how often a character is fitted into a frame whatever its shape, as forms and old data sets have it


def _sharper(ink: np.ndarray, factor: float) -> np.ndarray:
    return np.clip((ink.astype(np.float32) - 128) * factor + 128, 0, 255).astype(np.uint8)


def _coarse(ink: np.ndarray, h: Hand) -> np.ndarray:
    # Few pixels, black and white or grey, and made larger again as a reader would.
    rows, columns = h.randint(14, 28) / max(ink.shape) * np.array(ink.shape)
    small = cv2.resize(ink, (max(3, round(columns)), max(3, round(rows))), interpolation=cv2.INTER_AREA)
    if h.maybe(0.5):
        small = np.where(small > h.uniform(0.25, 0.6) * np.percentile(small[small > 0], 75), 255, 0).astype(np.uint8)
    if h.maybe(0.5):
        return small
    return cv2.resize(small, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
