"""Pictures of one digit that stands alone on paper, and of none: what numbers_on_paper.py measures with, too."""

import itertools

import cv2
import numpy as np
from on_paper import digits, framed, line, photographed, span, words


def encircled(writer, rng):
    """A digit alone, with a ring around it, and its text."""
    text = digits(rng, 1, 1)
    ink = framed(writer.row(text, rng.uniform(20, 90)), 60)
    left, top, right, bottom = span(ink)
    middle = (left + right) // 2, (top + bottom) // 2
    half = rng.uniform(0.85, 1.1) * np.array([right - left, bottom - top])
    radii = tuple(int(max(side, 0.5 * half.max())) for side in half)
    cv2.ellipse(ink, middle, radii, 0, 0, 360, 1.0, int(rng.integers(1, 5)), cv2.LINE_AA)
    return photographed(ink, rng), text


def on_a_desk(writer, rng):
    """A digit alone on a sheet that lies on something darker, and its text."""
    text = digits(rng, 1, 1)
    height = rng.uniform(20, 150)
    sheet = photographed(framed(writer.row(text, height), height), rng)
    tall, wide = sheet.shape
    room = int(rng.uniform(0.3, 1.2) * height)
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.normal(0, 4), 1)
    matrix[:, 2] += room
    size = wide + 2 * room, tall + 2 * room
    desk = np.clip(rng.uniform(20, 110) + rng.uniform(1, 6) * rng.standard_normal(size[::-1]), 0, 255).astype(np.uint8)
    return cv2.warpAffine(sheet, matrix, size, dst=desk, borderMode=cv2.BORDER_TRANSPARENT), text


def on_a_large_sheet(writer, rng):
    """A digit alone on much paper, and its text."""
    text = digits(rng, 1, 1)
    height = rng.uniform(16, 110)
    above, below, left, right = (height * rng.uniform(0.5, 10, 4)).astype(int)
    return photographed(np.pad(writer.row(text, height), ((above, below), (left, right))), rng), text


KINDS = {"encircled": encircled, "on a desk": on_a_desk, "on a large sheet": on_a_large_sheet}


def blank(rng):
    """Paper with grain 2 to 8 of 255, or an empty cell on it: uint8."""
    ink = np.zeros(rng.integers(40, 500, 2), np.float32)
    if rng.random() < 0.5:
        room = rng.uniform(0.02, 0.3) * min(ink.shape)
        bottom, right = (side - room for side in ink.shape)
        corners = [(room, room), (right, room), (right, bottom), (room, bottom), (room, room)]
        for start, end in itertools.pairwise(corners):
            line(ink, start, end, int(rng.integers(1, 4)))
    paper = rng.uniform(100, 250)
    grey = paper + (rng.uniform(10, 90) - paper) * ink + rng.uniform(2, 8) * rng.standard_normal(ink.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def page_of_words(rng):
    """One to four lines in print, without a number: uint8."""
    height = float(np.exp(rng.uniform(np.log(18), np.log(70))))
    lines = [words(rng, height) for _ in range(rng.integers(1, 5))]
    wide = max(ink.shape[1] for ink in lines)
    apart = round(rng.uniform(0.3, 1.0) * height)
    ink = np.concatenate([np.pad(ink, ((0, apart), (0, wide - ink.shape[1]))) for ink in lines])
    return photographed(framed(ink, height), rng)
