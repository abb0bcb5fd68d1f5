"""What lies on a page that is photographed, or gets into the picture: pens, rulers, clips, fingers, hands' shadows."""

import cv2
import numpy as np

from lenet_tf1.data.pages.paper import SIDE

Thing = tuple[np.ndarray, np.ndarray]  # how much of each place it hides, 0 to 1, and its grey: float32 [160, 160] each


def finger(rng: np.random.Generator) -> Thing:
    """A finger or the shadow of a hand at the border."""
    mask = np.zeros([SIDE, SIDE], np.float32)
    side = rng.integers(4)
    along, length = rng.uniform(10, SIDE - 10), rng.uniform(10, 45)
    width = rng.uniform(8, 24)
    center = [(along, -5), (SIDE + 5, along), (along, SIDE + 5), (-5, along)][side]
    axes = (width, length) if side % 2 == 0 else (length, width)
    cv2.ellipse(mask, (tuple(map(float, center)), tuple(2 * float(a) for a in axes), rng.uniform(-25, 25)), 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), np.exp(rng.uniform(0, 2.2))))
    return mask * rng.uniform(0.5, 1.0), np.full_like(mask, rng.uniform(40, 200))


def pen(rng: np.random.Generator) -> Thing:
    """A pen, a ruler or a clip, as thin as a stroke or much thicker, often as upright as a 1."""
    width = np.exp(rng.uniform(np.log(3), np.log(36)))
    length = np.exp(rng.uniform(np.log(max(25, 3 * width)), np.log(300)))
    forth, aside = _axes(rng)
    point = rng.uniform(0, 3) * width  # how long its end gets thinner
    half = width / 2 * np.clip((length / 2 - forth) / (point + 1), 0, 1)
    soft = rng.uniform(0.6, 1.5)
    mask = np.clip((half - np.abs(aside)) / soft + 0.5, 0, 1) * np.clip(length / 2 + forth, 0, 1)
    level = np.full_like(mask, rng.uniform(5, 230))
    shine = aside / width * 2 - rng.uniform(-0.6, 0.6)
    level += rng.uniform(0, 70) * np.exp(-((shine / rng.uniform(0.1, 0.5)) ** 2))  # the light on it
    if rng.random() < 0.5:  # of two colours
        level = np.where(forth > rng.uniform(-0.5, 0.5) * length, level, rng.uniform(5, 230))
    shade = rng.uniform(0, 0.5) if rng.random() < 0.6 else 0.0
    if shade:
        mask, level = _with_shadow(rng, mask, level, shade)
    return mask.astype(np.float32), np.clip(level, 0, 255).astype(np.float32)


def _axes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    # How far each place is from somewhere on the page, along any direction and across it: pixels, [160, 160] each.
    middle, angle = rng.uniform(-20, SIDE + 20, 2), rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.4:
        angle = np.pi / 2 + rng.normal(0, 0.25)
    along = np.array([np.cos(angle), np.sin(angle)])
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    forth = (x - middle[0]) * along[0] + (y - middle[1]) * along[1]
    aside = (x - middle[0]) * -along[1] + (y - middle[1]) * along[0]
    return forth, aside


def _with_shadow(rng: np.random.Generator, mask: np.ndarray, level: np.ndarray, shade: float) -> Thing:
    moved = np.roll(mask, tuple(int(v) for v in rng.integers(-5, 6, 2)), axis=(0, 1))
    shadow = shade * cv2.GaussianBlur(moved.astype(np.float32), (0, 0), rng.uniform(1, 4))
    return mask + (1 - mask) * shadow, np.where(mask > 0.5, level, rng.uniform(0, 40))
