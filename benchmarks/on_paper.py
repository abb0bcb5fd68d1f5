"""Numbers as people put them on paper, photographed: what numbers_on_paper.py measures with.

This code shares nothing with the pages that the page reader learned from (lenet_tf1/data/pages).
"""

import itertools

import cv2
import numpy as np


class Writer:
    """Writes with the digits of MNIST's test set: ink as float32 [height, width] in 0..1."""

    def __init__(self, split, rng):
        self.rng = rng
        self.images = [split.images[split.labels == digit] for digit in range(10)]

    def digit(self, digit, height):
        """One digit, that high."""
        images = self.images[digit]
        image = images[self.rng.integers(len(images))]
        left, top, width, tall = cv2.boundingRect((image > 60).astype(np.uint8))
        scale = height / max(tall, 0.6 * width)
        image = np.pad(image[top : top + tall, left : left + width], 2)
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        return np.clip((large / 255 - 0.35) * max(1.0, scale / 2) + 0.35, 0, 1)

    def sign(self, sign, height):
        """A sign that stands between digits of that height, as wide as it needs to be."""
        thick = max(2, round(0.1 * height))
        wide = {"-": 0.5, "/": 0.55}.get(sign, 0.25)
        ink = np.zeros([round(1.5 * height), round(wide * height) + 2 * thick], np.uint8)
        tall, across = ink.shape
        middle = tall // 2
        wobble = self.rng.uniform(-0.05, 0.05) * height
        if sign == "-":
            cv2.line(ink, (thick, middle), (across - thick, round(middle + wobble)), 255, thick, cv2.LINE_AA)
        elif sign == "/":
            cv2.line(ink, (across - thick, thick), (thick, tall - thick), 255, thick, cv2.LINE_AA)
        elif sign == ".":
            cv2.circle(ink, (across // 2, round(middle + 0.45 * height)), thick, 255, -1, cv2.LINE_AA)
        elif sign == ",":
            start = (across // 2, round(middle + 0.4 * height))
            cv2.line(ink, start, (start[0] - thick, start[1] + round(0.2 * height)), 255, thick, cv2.LINE_AA)
        elif sign == ":":
            for down in (-0.2, 0.3):
                cv2.circle(ink, (across // 2, round(middle + down * height)), thick, 255, -1, cv2.LINE_AA)
        return ink.astype(np.float32) / 255

    def row(self, text, height):
        """A number with its signs."""
        gap = self.rng.uniform(0.1, 0.45) * height
        drawn, x = [], 0.0
        for character in text:
            if character == " ":
                x += 0.9 * height
                continue
            own = height * np.exp(self.rng.normal(0, 0.05))
            ink = self.digit(int(character), own) if character.isdigit() else self.sign(character, height)
            drawn.append((round(x), ink))
            x += ink.shape[1] + gap * self.rng.uniform(0.7, 1.3)
        tall = round(1.8 * height)
        row = np.zeros([tall, round(x) + 4], np.float32)
        for left, ink in drawn:
            top = max(0, (tall - len(ink)) // 2 + round(self.rng.normal(0, 0.04) * height))
            window = row[top : top + len(ink), left : left + ink.shape[1]]
            np.maximum(window, ink[: len(window), : window.shape[1]], out=window)
        return row


def digits(rng, low, high):
    """A string of digits, low to high of them."""
    return "".join(str(digit) for digit in rng.integers(10, size=rng.integers(low, high + 1)))


def framed(ink, height):
    """The ink of digits that high in the middle of more paper."""
    return np.pad(ink, round(1.2 * height))


def line(ink, start, end, thick):
    """Draw a line on float ink."""
    layer = np.zeros(ink.shape, np.uint8)
    cv2.line(layer, tuple(map(round, start)), tuple(map(round, end)), 255, thick, cv2.LINE_AA)
    np.maximum(ink, layer.astype(np.float32) / 255, out=ink)


def span(ink):
    """Left, top, right and bottom of the ink."""
    left, top, width, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    return left, top, left + width, top + height


def plain(writer, rng, height):
    """A number alone."""
    text = digits(rng, 2, 8)
    return framed(writer.row(text, height), height), text


def underlined(writer, rng, height):
    """A line 4 to 25 pixels below the number."""
    ink, text = plain(writer, rng, height)
    left, _, right, bottom = span(ink)
    below = bottom + rng.integers(4, 26)
    more = rng.uniform(-0.1, 0.5, 2) * height
    line(ink, (left - more[0], below), (right + more[1], below + rng.normal(0, 2)), int(rng.integers(1, 5)))
    return ink, text


def boxed(writer, rng, height):
    """A box around the number."""
    ink, text = plain(writer, rng, height)
    left, top, right, bottom = span(ink)
    room, thick = rng.uniform(0.15, 0.6, 4) * height, int(rng.integers(1, 5))
    left, top, right, bottom = left - room[0], top - room[1], right + room[2], bottom + room[3]
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for start, end in itertools.pairwise(corners):
        line(ink, start, end, thick)
    return ink, text


def cells(writer, rng, height):
    """A form's row of cells, the last ones empty now and then."""
    text = digits(rng, 3, 9)
    side, thick = round(height * rng.uniform(1.4, 2.0)), int(rng.integers(1, 4))
    count = len(text) + int(rng.integers(0, 3))
    ink = np.zeros([side + 4, count * side + 4], np.float32)
    for k, character in enumerate(text):
        one = writer.digit(int(character), height * np.exp(rng.normal(0, 0.06)))
        one = one[:side, :side]
        top, left = (np.array([side, side]) - one.shape) // 2 + rng.integers(-2, 3, 2)
        window = ink[max(0, top) :, max(0, k * side + left) :][: len(one), : one.shape[1]]
        np.maximum(window, one[: len(window), : window.shape[1]], out=window)
    for k in range(count + 1):
        line(ink, (k * side + 2, 2), (k * side + 2, side + 2), thick)
    for y in (2, side + 2):
        line(ink, (2, y), (count * side + 2, y), thick)
    return framed(ink, height), text


def signed(*forms):
    """A kind whose numbers are written in one of the forms: 9 stands for any digit."""

    def kind(writer, rng, height):
        form = forms[rng.integers(len(forms))]
        text = "".join(str(rng.integers(10)) if character == "9" else character for character in form)
        return framed(writer.row(text, height), height), text

    return kind


def cropped(writer, rng, height):
    """Cut to the number's box, with no paper around."""
    ink, text = plain(writer, rng, height)
    left, top, right, bottom = span(ink)
    return np.ascontiguousarray(ink[top:bottom, left:right]), text


def ruled(writer, rng, height):
    """On ruled or squared paper."""
    ink, text = plain(writer, rng, height)
    rules, step = np.zeros_like(ink), height * rng.uniform(0.5, 1.8)
    for y in np.arange(rng.uniform(0, step), len(ink), step):
        line(rules, (0, y), (ink.shape[1], y), 1)
    if rng.random() < 0.4:
        for x in np.arange(rng.uniform(0, step), ink.shape[1], step):
            line(rules, (x, 0), (x, len(ink)), 1)
    return np.maximum(ink, rules * rng.uniform(0.15, 0.4)), text


def shine_through(writer, rng, height):
    """Other numbers on the paper's back."""
    ink, text = plain(writer, rng, height)
    back = np.zeros_like(ink)
    for y in np.arange(rng.uniform(0, height), len(ink), 1.6 * height):
        row = writer.row(digits(rng, 3, 9), height * rng.uniform(0.8, 1.2))
        window = back[round(y) :, int(rng.integers(0, 20)) :][: len(row), : row.shape[1]]
        np.maximum(window, row[: len(window), : window.shape[1]], out=window)
    back = cv2.GaussianBlur(back[:, ::-1], (0, 0), rng.uniform(0.8, 2))
    return np.maximum(ink, back * rng.uniform(0.08, 0.25)), text


def askew(writer, rng, height):
    """On a sheet that lies askew, by 6 to 30 degrees."""
    ink, text = plain(writer, rng, height)
    tall, wide = ink.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.choice([-1, 1]) * rng.uniform(6, 30), 1)
    larger = np.abs(matrix[:, :2]) @ (wide, tall)
    matrix[:, 2] += (larger - (wide, tall)) / 2
    return cv2.warpAffine(ink, matrix, tuple(map(round, larger))), text


def turned(writer, rng, height):
    """By 90, 180 or 270 degrees: four digits at least; one number in fifty tells nowhere which way is up."""
    text = digits(rng, 4, 9)
    ink = framed(writer.row(text, height), height)
    return np.rot90(ink, rng.integers(1, 4)).copy(), text


# As forms have them, in letters that no page was printed with that the page reader learned from: OpenCV 5's own.
_WORDS = (
    "Name",
    "First name",
    "Date of birth",
    "Phone",
    "Total",
    "Amount due",
    "Invoice no.",
    "Betrag",
    "Straße",
    "Kontonummer",
    "Prénom",
    "Código postal",
    "please print",
    "Room",
    "Page",
    "Signature",
    "姓名",
    "电话",
    "出生日期",
    "金额合计",
    "准考证号",
    "学校班级",
    "签字",
    "备注",
)
_FACES = ("sans", "italic", "uni")


def words(rng, height):
    """One or two words in print, with letters about that high: ink."""
    text = " ".join(rng.choice(_WORDS, rng.integers(1, 3)))
    face, size = cv2.FontFace(str(rng.choice(_FACES))), round(1.3 * height)
    left, top, width, tall = cv2.getTextSize((0, 0), text, (0, 0), face, size)
    ink = np.zeros([tall + 4, width + 4, 3], np.uint8)
    cv2.putText(ink, text, (2 - left, 2 - top), (255, 255, 255), face, size)
    return ink[..., 0].astype(np.float32) / 255


def beside_words(writer, rng, height):
    """Behind printed words that are not as high."""
    text = digits(rng, 2, 8)
    printed, number = words(rng, height * rng.uniform(0.5, 0.9)), writer.row(text, height)
    room = round(rng.uniform(0.3, 1.0) * height)
    ink = np.zeros([max(len(printed), len(number)), printed.shape[1] + room + number.shape[1]], np.float32)
    for part, left in ((printed, 0), (number, printed.shape[1] + room)):
        top = (len(ink) - len(part)) // 2
        ink[top : top + len(part), left : left + part.shape[1]] = part
    return framed(ink, height), text


KINDS = {
    "plain": plain,
    "underlined": underlined,
    "boxed": boxed,
    "form cells": cells,
    "minus": signed("-9", "-99", "-999", "-99999"),
    "dates": signed("9/9/9999", "99/99/9999", "99.99.9999", "99-99-9999", "9999-99-99", "99/99/99"),
    "decimals": signed("9.9", "99.99", "9,99", "999,9", "9.999", "99:99"),
    "telephone": signed("999-9999", "999 999-9999", "9999 999999", "99 99 99 99", "999 999 9999"),
    "cropped": cropped,
    "ruled": ruled,
    "shine-through": shine_through,
    "turned": turned,
    "askew": askew,
    "beside words": beside_words,
}


def photographed(ink, rng):
    """Ink on paper, with its light and a camera's grain: uint8."""
    paper, pen = rng.uniform(190, 252), rng.uniform(10, 90)
    grey = paper + (pen - paper) * ink
    ramp = [np.linspace(-1, 1, side, dtype=np.float32) for side in ink.shape]
    grey *= 1 + rng.normal(0, 0.06) * ramp[0][:, None] + rng.normal(0, 0.06) * ramp[1]
    if rng.random() < 0.6:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.1))
    grey += rng.uniform(0, 6) * rng.standard_normal(ink.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def number(kind, writer, rng):
    """A picture of a number of one of the kinds, and its text."""
    ink, text = kind(writer, rng, float(np.exp(rng.uniform(np.log(20), np.log(90)))))
    return photographed(ink, rng), text
