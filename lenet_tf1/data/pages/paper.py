"""What synthetic pages are written on and photographed with: paper, boards, desks, light, shadows, cameras."""

import functools
from typing import Any

import cv2
import numpy as np

SIDE = 160  # of a page, in pixels


@functools.cache
def _noises() -> np.ndarray:
    # Standard normal noise of four grain sizes, float32 [4, 512, 512]; pages take windows of it.
    rng = np.random.default_rng(7)
    layers = []
    for blur in (0.0, 0.7, 1.5, 4.0):
        noise: np.ndarray = rng.standard_normal([512, 512], np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), blur) if blur else noise
        layers.append(noise / noise.std())
    return np.stack(layers)


def grain(rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Noise of any grain size with a deviation of 1, float32 [side, side]."""
    layer = _noises()[rng.integers(4)]
    x, y = rng.integers(512 - side, size=2)
    return layer[y : y + side, x : x + side]


def waves(rng: np.random.Generator, cells: tuple[int, int] = (2, 5)) -> np.ndarray:
    """A smooth random field, float32 [160, 160], mostly in -1..1: `cells` bounds how many hills are in a row."""
    n = int(rng.integers(cells[0], cells[1] + 1)) + 2
    coarse = rng.normal(0, 0.6, [n, n]).astype(np.float32)
    return cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def half_plane(rng: np.random.Generator, softness: float, reach: float = 90.0) -> np.ndarray:
    """1 on one side of a straight edge, 0 on the other, float32 [160, 160]; it is up to `reach` from the middle."""
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-reach, reach)
    ramp = np.arange(SIDE, dtype=np.float32) - SIDE / 2
    distance = np.cos(angle) * ramp[None] + np.sin(angle) * ramp[:, None] - offset
    return np.clip(distance / softness + 0.5, 0, 1)


def rules(rng: np.random.Generator) -> np.ndarray:
    """Ruled or squared paper's lines, uint8 [160, 160] of 0 to 255."""
    lines = np.zeros([SIDE, SIDE], np.uint8)
    spacing = np.exp(rng.uniform(np.log(7), np.log(60)))
    angle = rng.normal(0, 0.04) + (rng.integers(2) * np.pi / 2 if rng.random() < 0.3 else 0)
    thick = 1 if rng.random() < 0.75 else 2
    directions = (0, np.pi / 2) if rng.random() < 0.5 else (0,)
    for turn in directions:
        along = np.array([np.cos(angle + turn), np.sin(angle + turn)])
        across = np.array([-along[1], along[0]])
        for k in np.arange(-130 + rng.uniform(0, spacing), 130, spacing):
            middle = SIDE / 2 + across * k
            _line(lines, middle - 130 * along, middle + 130 * along, thick)
    if rng.random() < 0.2:  # a margin's line
        x = rng.uniform(0, SIDE)
        _line(lines, (x, -5), (x + rng.normal(0, 6), SIDE + 5), 1)
    return lines


def _line(canvas: np.ndarray, start: Any, end: Any, thick: int) -> None:
    fixed = np.round(np.array([start, end]) * 16).astype(int)
    cv2.line(canvas, tuple(map(int, fixed[0])), tuple(map(int, fixed[1])), 255, thick, cv2.LINE_AA, 4)


def surface(rng: np.random.Generator, level: float) -> np.ndarray:
    """A desk, a wall or a cloth, float32 [160, 160] of 0..255 around `level`: plain, wood, weave or clutter."""
    field = np.full([SIDE, SIDE], level, np.float32)
    kind = rng.random()
    if kind < 0.35:  # wood: grain stretched along one direction
        noise = grain(rng)
        noise = cv2.blur(noise, (int(rng.integers(15, 60)), int(rng.integers(1, 4))))
        noise = noise.T if rng.random() < 0.5 else noise
        field += rng.uniform(5, 35) * noise / (noise.std() + 1e-6)
    elif kind < 0.55:  # cloth
        x = np.arange(SIDE, dtype=np.float32) * (2 * np.pi / rng.uniform(2.5, 12))
        field += rng.uniform(2, 18) * (np.sin(x)[None] + np.sin(x * rng.uniform(0.8, 1.2))[:, None])
    elif kind < 0.85:
        field += rng.uniform(2, 20) * grain(rng)
    if rng.random() < 0.5:
        field += rng.uniform(5, 40) * waves(rng, (2, 8))
    if rng.random() < 0.35:
        clutter(rng, field, int(rng.integers(1, 7)))
    return field


def clutter(rng: np.random.Generator, field: np.ndarray, n: int) -> None:
    """Draw n things that no one wrote into the field, in place: blobs, bars, rings, edges of objects."""
    for _ in range(n):
        level = float(np.clip(field[SIDE // 2, SIDE // 2] + rng.normal(0, 60), 0, 255))
        x, y = (int(v) for v in rng.uniform(0, SIDE, 2))
        a, b = (int(v) for v in np.exp(rng.uniform(np.log(3), np.log(70), 2)))
        angle, thick = rng.uniform(0, 360), int(rng.integers(1, 9)) if rng.random() < 0.5 else -1
        if rng.random() < 0.5:
            arc = 360 if rng.random() < 0.6 else rng.uniform(40, 300)
            cv2.ellipse(field, (x, y), (a, b), angle, 0, arc, level, thick, cv2.LINE_8)
        else:
            corners = cv2.boxPoints(((x, y), (2 * a, b), angle)).astype(np.int32)
            if thick > 0:
                cv2.polylines(field, [corners], True, level, thick)
            else:
                cv2.fillPoly(field, [corners], level)


def beside(rng: np.random.Generator, page: np.ndarray, edges: np.ndarray) -> None:
    """Put a desk where the paper ends, whose edge may throw a shadow.

    Parameters
    ----------
    rng : Generator
    page : ndarray
        Float32 [160, 160] of grey, changed in place.
    edges : ndarray
        Float32 [160, 160]: 1 on the paper, 0 beside it.
    """
    level = rng.uniform(5, 120) if rng.random() < 0.6 else rng.uniform(60, 250)
    desk = surface(rng, level)
    if rng.random() < 0.4:
        shade = cv2.GaussianBlur(edges, (0, 0), rng.uniform(1, 6))
        desk *= 1 - rng.uniform(0.1, 0.5) * shade
    page += (1 - edges) * (desk - page)


def light(rng: np.random.Generator) -> np.ndarray:
    """How bright the light is at each place, float32 [160, 160], about 1: slopes, vignettes, shadows, folds."""
    field = np.ones([SIDE, SIDE], np.float32)
    if rng.random() < 0.7:
        field += rng.uniform(0, 0.2) * waves(rng, (0, 2))
    if rng.random() < 0.35:  # a slope, or a vignette's corner
        ramp = np.linspace(-1, 1, SIDE, dtype=np.float32)
        a, b = rng.normal(0, 0.2, 2)
        field += a * ramp[None] + b * ramp[:, None]
        if rng.random() < 0.5:
            field -= rng.uniform(0, 0.25) * (ramp[None] ** 2 + ramp[:, None] ** 2)
    for _ in range(rng.integers(1, 3) if rng.random() < 0.25 else 0):  # shadows
        field *= 1 - rng.uniform(0.05, 0.5) * half_plane(rng, np.exp(rng.uniform(0, 4)))
    if rng.random() < 0.12:  # folds: brighter on one side, darker on the other
        angle_width = np.exp(rng.uniform(0.3, 2.5))
        edge = half_plane(rng, angle_width)
        field += rng.uniform(-0.25, 0.25) * edge * (1 - edge) * 4 + rng.uniform(-0.1, 0.1) * edge
    return np.maximum(field, 0.12)


def camera(rng: np.random.Generator, page: np.ndarray) -> np.ndarray:
    """What a camera or a scanner makes of a page, float32 [160, 160] of 0..255: uint8 of the same shape."""
    if rng.random() < 0.5:
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.3))
    if rng.random() < 0.06:  # it moved
        kernel = np.zeros([7, 7], np.float32)
        angle = rng.uniform(0, np.pi)
        reach = rng.uniform(1, 3) * np.array([np.cos(angle), np.sin(angle)])
        _line(kernel, 3 - reach, 3 + reach, 1)
        page = cv2.filter2D(page, -1, kernel / kernel.sum())
    if rng.random() < 0.25:  # fewer pixels, made more again
        small = int(SIDE * rng.uniform(0.45, 0.9))
        way = (cv2.INTER_AREA, cv2.INTER_LINEAR)[rng.integers(2)]
        page = cv2.resize(page, (small, small), interpolation=way)
        page = _noisy(rng, page) if rng.random() < 0.5 else page
        page = cv2.resize(page, (SIDE, SIDE), interpolation=(cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)])
    if rng.random() < 0.75:
        page = _noisy(rng, page)
    if rng.random() < 0.1:  # sharpened
        page = page + rng.uniform(0.4, 1.5) * (page - cv2.GaussianBlur(page, (0, 0), 1.2))
    page = np.clip(page, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = int(rng.integers(12, 90))
        _, jpeg = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
        page = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE))
    return page


def _noisy(rng: np.random.Generator, page: np.ndarray) -> np.ndarray:
    deviation = np.exp(rng.uniform(np.log(0.5), np.log(11)))
    return page + deviation * grain(rng, len(page))


def binarised(rng: np.random.Generator, page: np.ndarray) -> np.ndarray:
    """The page in black and white, as scanners and apps make it: uint8 [160, 160] -> uint8 of 0 and 255."""
    if rng.random() < 0.6:
        size = int(rng.integers(10, 45)) | 1
        way = (cv2.ADAPTIVE_THRESH_MEAN_C, cv2.ADAPTIVE_THRESH_GAUSSIAN_C)[rng.integers(2)]
        return cv2.adaptiveThreshold(page, 255, way, cv2.THRESH_BINARY, size, rng.uniform(3, 20))
    level, _ = cv2.threshold(page, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.where(page > level + rng.normal(0, 8), 255, 0).astype(np.uint8)
