"""Ink and paper told apart: a picture's greys as the ink that somebody put on it."""

import cv2
import numpy as np

from lenet_tf1.data.images import sampled

# What ink is. Contrast is the paper's brightness less the pixel's, as a share of the paper's: so a shadow, which
# darkens both alike, leaves it as it is. Noise is the contrast's standard deviation where nothing is written.

_SMOOTHED = 200  # pixels: pictures with a shorter side above it are smoothed first, thin strokes of others would go
_SMOOTHING = 0.8  # pixels, that Gaussian's standard deviation: a camera's grain is finer than a pen
_TO_DEVIATION = 1.4826  # times the median absolute deviation, a normal distribution's standard deviation
_FAINTEST = 0.12  # contrast that there has to be somewhere: less is a stain, or writing that shines through
_STRONG = 5  # times the noise, a contrast that is ink's without doubt, one in millions by chance,
_WEAK = 4  # and below which there is no ink at all
_PEAK = 90  # percentile of the strong contrasts, this pen's contrast where its stroke is full
_FOOT, _RISE = 0.2, 0.6  # of that peak: the contrast where ink begins to count, and over how much it becomes 255
_SURE = 96  # of 255: ink that hangs together with none above it is left out

# The paper, which changes slowly. It is looked at in a small copy.

_SMALL = 64  # pixels, the copy's shorter side
_THICKEST = 3  # the shorter side divided by this: dark things up to there are written, larger ones are the paper
_EVENNESS = 24  # the shorter side divided by this, the deviation of the Gaussian over what is left of the paper
_AROUND = 2  # the shorter side divided by this, the window whose median is the paper for the polarity

# Ruled and squared paper.

_RULED = 100  # pixels: in pictures with a shorter side below it nobody would see a rule from a stroke
_RUN = 14  # the width divided by this: level runs of ink as long are rules' pieces, a pen's strokes rarely are
_RUN_LEAST = 20  # pixels
_ACROSS = 0.6  # of the columns, in which there has to be such a piece for the paper to be ruled at all
_TURNS = np.pi / 720  # radians, the steps in which Hough's transform looks, a quarter of a degree,
_SLOPE = 0.1  # up to that many radians, about 6 degrees, off the level
_SHORTEST = 0.12  # of the width, that a rule runs within the picture: it may leave at the top or the bottom
_MOST_RULES = 200  # that are looked at: squared paper with a square each 8 pixels
_REACH = 7  # pixels to both sides of a rule that are looked at
_UNBROKEN = 0.85  # of a rule's columns, that have to have ink within a pixel of it: writing has gaps
_OWN = 0.5  # of the columns, that have ink in a row beside it for that row to be the rule's
_DARKER = 1.4, 25  # times the rule's median, and levels of 255 more: what is darker is a stroke that crosses


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Tell ink from paper.

    Dark on light or light on dark, whichever the picture is. Shadows and uneven light go with the paper, and so do
    ruled lines that run across the whole picture.

    Parameters
    ----------
    grey : numpy.ndarray
        uint8 [height, width], 0 black to 255 white.

    Returns
    -------
    numpy.ndarray
        uint8 [height, width], 0 where there is no ink, up to 255.
    """
    light = (grey if _is_dark_on_light(grey) else 255 - grey).astype(np.float32)
    paper = _paper(light)
    contrast = (paper - light) / np.maximum(paper, 1)
    if min(grey.shape) > _SMOOTHED:
        contrast = cv2.GaussianBlur(contrast, (0, 0), _SMOOTHING)
    few = sampled(contrast)
    noise = _TO_DEVIATION * np.median(np.abs(few - np.median(few)))
    strong = contrast[contrast > max(_FAINTEST, _STRONG * noise)]
    if not len(strong):
        return np.zeros_like(grey)
    ink = by_contrast(contrast, strong)
    ink[contrast < _WEAK * noise] = 0
    ink = _without_ruling((ink * 255).astype(np.uint8))
    return _connected_to(ink, ink > _SURE)


def by_contrast(contrast: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """How much of each pixel is ink, 0..1, by its contrast and by those, one at least, that are surely ink's."""
    peak = np.percentile(strong, _PEAK)
    return np.clip((contrast - _FOOT * peak) / (_RISE * peak), 0, 1)


def _paper(light: np.ndarray) -> np.ndarray:
    # The paper's brightness at every pixel, as if nothing were written there.
    filled = _filled(_small(light))
    filled = cv2.GaussianBlur(filled, (0, 0), max(1.0, min(filled.shape) / _EVENNESS))
    return cv2.resize(filled, light.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _is_dark_on_light(grey: np.ndarray) -> bool:
    # Paper is what most pixels around any place are; the others are darker on the whole, or lighter.
    small = _small(grey)
    difference = small.astype(int) - cv2.medianBlur(small, max(3, min(small.shape) // _AROUND) | 1)
    return bool(difference.sum() <= 0)


def _small(pixels: np.ndarray) -> np.ndarray:
    factor = min(1.0, _SMALL / min(pixels.shape))
    size = [max(1, round(side * factor)) for side in pixels.shape[::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _filled(pixels: np.ndarray) -> np.ndarray:
    # Dark things that are thinner than a third of the picture are filled from around them.
    side = max(3, min(pixels.shape) // _THICKEST) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # Without a margin, a stroke at the border would be taken for paper that goes on.
    around = cv2.copyMakeBorder(pixels, side, side, side, side, cv2.BORDER_REPLICATE)
    return cv2.morphologyEx(around, cv2.MORPH_CLOSE, kernel)[side:-side, side:-side]


def _without_ruling(ink: np.ndarray) -> np.ndarray:
    # Remove straight lines across the picture, as ruled and squared paper has them, and close what they crossed.
    if min(ink.shape) < _RULED:
        return ink
    level = _without_rows(ink)
    return np.ascontiguousarray(_without_rows(np.ascontiguousarray(level.T)).T)


def _without_rows(ink: np.ndarray) -> np.ndarray:
    # Remove the rules that are nearly level. Changes `ink`, and returns it.
    height, width = ink.shape
    columns = np.arange(width)
    for rho, theta in _level_lines(ink):
        middle = (rho - columns * np.cos(theta)) / np.sin(theta)  # the row that the line is in, for every column
        inside = (middle > _REACH) & (middle < height - 1 - _REACH)
        if np.count_nonzero(inside) < _SHORTEST * width:
            continue
        around = np.round(middle[inside]).astype(int)[:, None] + np.arange(-_REACH, _REACH + 1)
        places = around, columns[inside, None]
        ink[places] = _without_rule(ink[places])
    return ink


def _level_lines(ink: np.ndarray) -> np.ndarray:
    # Hough's lines of (rho, theta), the clearest first; none if there are no level runs of ink almost all across.
    width = ink.shape[1]
    run = np.ones([1, max(_RUN_LEAST, width // _RUN)], np.uint8)
    pieces = cv2.morphologyEx((ink > 0).astype(np.uint8), cv2.MORPH_OPEN, run)
    if np.count_nonzero(pieces.any(axis=0)) < _ACROSS * width:
        return np.empty([0, 2])
    level = np.pi / 2
    votes = int(_SHORTEST * width)
    found = cv2.HoughLines(pieces, 1, _TURNS, votes, min_theta=level - _SLOPE, max_theta=level + _SLOPE)
    return np.empty([0, 2]) if found is None else found[:_MOST_RULES, 0]


def _without_rule(on: np.ndarray) -> np.ndarray:
    # The ink around a line, uint8 [columns, rows around it], without the rule if there is one.
    if (on[:, _REACH - 1 : _REACH + 2] > 0).any(axis=1).mean() < _UNBROKEN:
        return on
    # Of most columns the ink there is the rule's alone; what is much darker, or goes on above and below, is not.
    rule = (on > 0).mean(axis=0) > _OWN
    if rule.all() or not rule.any():
        return on  # thicker than rules are
    times, more = _DARKER
    darkest = times * np.median(on[:, rule][on[:, rule] > 0]) + more
    first, last = np.flatnonzero(rule)[[0, -1]]
    rule[max(0, first - 1) : last + 2] = True
    above, below = on[:, max(0, first - 2)] > 0, on[:, min(2 * _REACH, last + 2)] > 0
    crossed = cv2.dilate((above & below).astype(np.uint8)[:, None], np.ones([3, 1], np.uint8)) > 0
    return np.where(rule & (on <= darkest) & ~crossed, 0, on)


def _connected_to(ink: np.ndarray, sure: np.ndarray) -> np.ndarray:
    # Of the ink, what hangs together with something that is surely ink.
    count, labels = cv2.connectedComponents((ink > 0).astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[sure])] = True
    keep[0] = False
    return np.where(keep[labels], ink, 0).astype(np.uint8)
