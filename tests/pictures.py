"""Pictures that somebody might take or draw, with what is written in them: of MNIST's digits and our own strokes."""

import io

import cv2
import numpy as np
import templates
from PIL import Image

PICTURES = {}  # name -> function of (rng, digits) that returns the file's bytes and the strings in it


def picture(function):
    PICTURES[function.__name__.replace("_", " ")] = function
    return function


class Digits:
    """Ink of digits: `written(text, rng)` by our own pen, `mnist(text)` by MNIST's writers."""

    def __init__(self, split):
        self.first = {str(d): split.images[np.flatnonzero(split.labels == d)[2]] for d in range(10)}

    def written(self, digit, rng, height, pen):
        shape = templates.DIGITS[digit][0 if digit == "1" else rng.integers(2)]  # one of the plainest
        return templates.draw(shape, rng, height=height, pen=pen, widths=(0.0, 1.0), strength=0.5)

    def mnist(self, digit, height):
        box = self.first[digit]
        rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
        box = box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = height / box.shape[0]
        return cv2.resize(box, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def page(digits, rng, lines, *, height=80, pen=8, gap=0.3, margin=0.5, hand="own", slope=0.0):
    """Ink of lines of words in 0..1, float [rows, columns]."""
    rows = []
    for line in lines:
        pieces, x = [], 0  # of (left, ink)
        for i, word in enumerate(line.split()):
            x += round(1.5 * height) if i else 0
            for digit in word:
                ink = digits.mnist(digit, height) if hand == "mnist" else digits.written(digit, rng, height, pen)
                pieces.append((x, ink))
                x += ink.shape[1] + round(gap * height)
        tall, wide = max(len(ink) for _, ink in pieces), max(left + ink.shape[1] for left, ink in pieces)
        row = np.zeros([tall, wide], np.uint8)
        for left, ink in pieces:
            window = row[: len(ink), left : left + ink.shape[1]]
            np.maximum(window, ink, out=window)
        rows.append(row)
    wide = max(row.shape[1] for row in rows)
    between = np.zeros([round(0.7 * height), wide], np.uint8)
    parts = []
    for row in rows:
        parts += [np.pad(row, ((0, 0), (0, wide - row.shape[1]))), between]
    ink = np.pad(np.concatenate(parts[:-1]), round(margin * height)).astype(np.float64) / 255
    if slope:
        ink = turned(ink, slope)
    return ink


def turned(ink, degrees):
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(ink, matrix, (width, height))


def on(ink, paper=245.0, pen=30.0):
    """The ink on paper, both a grey, an array of greys or a colour: float [rows, columns] or [rows, columns, 3]."""
    if np.ndim(pen) == 1:
        ink = ink[..., None]
    return ink * pen + (1 - ink) * paper


def encoded(array, kind="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(np.clip(array, 0, 255).astype(np.uint8)).save(buffer, kind, **options)
    return buffer.getvalue()


def grained(shape, rng, strength=6.0):
    return cv2.GaussianBlur(rng.normal(0, strength * 2, shape), (0, 0), 1.0) + rng.normal(0, strength / 2, shape)


@picture
def one_digit(rng, digits):
    return encoded(on(page(digits, rng, ["7"], height=200, pen=18))), ["7"]


@picture
def white_on_black(rng, digits):
    return encoded(on(page(digits, rng, ["5"], height=200, pen=18), 5, 250)), ["5"]


@picture
def left_out_of_a_tile(rng, digits):
    # The digit's strokes run to the tile's border, so that it is in pieces.
    tile = 1 - cv2.resize(digits.mnist("5", 120), (130, 120)) / 255
    return encoded(on(np.pad(tile, 40))), ["5"]


@picture
def a_sheet_on_a_desk(rng, digits):
    sheet = on(page(digits, rng, ["4"], height=120))
    return encoded(np.pad(sheet, 60, constant_values=50.0)), ["4"]


@picture
def a_digit_in_a_circle(rng, digits):
    ink = page(digits, rng, ["6"], margin=1.2)
    middle, radius = (ink.shape[1] // 2, ink.shape[0] // 2), round(0.4 * len(ink))
    return encoded(on(cv2.circle(ink, middle, radius, 1.0, 4, cv2.LINE_AA))), ["6"]


@picture
def a_digit_over_a_comb(rng, digits):
    ink = page(digits, rng, ["2"], height=150, pen=14)
    ink[-6:-2] = ink[-50:-2, 40:44] = ink[-50:-2, -44:-40] = 1  # a line to write on, and the cells' sides
    return encoded(on(ink)), ["2"]


@picture
def straight_from_mnist(rng, digits):
    return encoded(digits.first["4"]), ["4"]


@picture
def a_number(rng, digits):
    return encoded(on(page(digits, rng, ["2026"]))), ["2026"]


@picture
def a_number_by_mnists_writers(rng, digits):
    return encoded(on(page(digits, rng, ["31845"], hand="mnist"))), ["31845"]


@picture
def two_words(rng, digits):
    return encoded(on(page(digits, rng, ["2026 11"]))), ["2026", "11"]


@picture
def three_lines(rng, digits):
    return encoded(on(page(digits, rng, ["123", "4567 8", "90"]))), ["123", "4567", "8", "90"]


@picture
def grained_paper(rng, digits):
    ink = page(digits, rng, ["3141", "592"])
    return encoded(on(ink, 225, 60) + grained(ink.shape, rng)), ["3141", "592"]


@picture
def a_soft_shadow(rng, digits):
    ink = page(digits, rng, ["2708", "281"])
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] / max(ink.shape)
    return encoded(on(ink, 235, 40) * (1 - 0.75 * np.clip(x + y / 2, 0, 1))), ["2708", "281"]


@picture
def a_hands_shadow(rng, digits):
    ink = page(digits, rng, ["16180"], pen=7)
    edge = cv2.GaussianBlur(
        (np.mgrid[: ink.shape[0], : ink.shape[1]][1] > 0.55 * ink.shape[1]).astype(float), (0, 0), 5
    )
    return encoded(on(ink, 230, 40) * (1 - 0.45 * edge)), ["16180"]


@picture
def ruled_paper(rng, digits):
    ink = page(digits, rng, ["4669", "201"])
    paper = np.full(ink.shape, 240.0)
    for y in range(20, ink.shape[0], 60):
        paper[y : y + 2] = 150
    return encoded(on(ink, paper, 30) + grained(ink.shape, rng, 2)), ["4669", "201"]


@picture
def squared_paper(rng, digits):
    ink = page(digits, rng, ["57721"])
    paper = np.full(ink.shape, 245.0)
    for at in range(10, max(ink.shape), 40):
        paper[at : at + 2] = 165
        paper[:, at : at + 2] = 165
    return encoded(on(ink, paper, 30)), ["57721"]


@picture
def rules_that_slope(rng, digits):
    ink = page(digits, rng, ["8128"], pen=9)
    rules = np.zeros(ink.shape)
    for y in range(-80, ink.shape[0] + 100, 70):
        cv2.line(rules, (-10, y), (ink.shape[1] + 10, y + 18), 1, 2, cv2.LINE_AA)
    return encoded(on(np.maximum(ink, 0.45 * rules))), ["8128"]


@picture
def turned_by_seven_degrees(rng, digits):
    return encoded(on(page(digits, rng, ["60221"], margin=1.2, slope=7))), ["60221"]


@picture
def askew(rng, digits):
    return encoded(on(page(digits, rng, ["4071 7", "77142"], margin=2.5, slope=-20))), ["4071", "7", "77142"]


@picture
def far_askew(rng, digits):
    return encoded(on(page(digits, rng, ["6182", "3540"], margin=2.5, slope=-38.0))), ["6182", "3540"]


@picture
def one_small_digit_in_uneven_light(rng, digits):
    ink = page(digits, rng, ["8"], height=40, pen=5, margin=6)
    return encoded(on(ink) * np.linspace(0.65, 1, ink.shape[1])), ["8"]


@picture
def turned_by_the_camera(rng, digits):
    array = np.rot90(on(page(digits, rng, ["1729"])))  # lies on its side, and says so
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(array, "JPEG", exif=exif), ["1729"]


@picture
def blue_on_cream(rng, digits):
    ink = page(digits, rng, ["299792"])
    return encoded(on(ink, np.array([250.0, 244, 220]), np.array([30.0, 50, 160]))), ["299792"]


@picture
def yellow_on_white(rng, digits):
    ink = page(digits, rng, ["505"], pen=10)
    return encoded(on(ink, np.array([255.0, 255, 255]), np.array([250.0, 235, 20]))), ["505"]


@picture
def red_on_a_green_as_bright(rng, digits):
    ink = page(digits, rng, ["42"], pen=10)
    return encoded(on(ink, np.array([40.0, 150, 60]), np.array([220.0, 50, 60]))), ["42"]


@picture
def chalk(rng, digits):
    ink = page(digits, rng, ["1024"], pen=9)
    board = np.array([40.0, 70, 55]) + grained(ink.shape, rng, 5)[..., None]
    return encoded(on(ink * rng.uniform(0.6, 1, ink.shape), 0, 1)[..., None] * 215 + board * (1 - ink[..., None])), [
        "1024"
    ]


@picture
def a_bad_jpeg(rng, digits):
    return encoded(on(page(digits, rng, ["86400"], height=60, pen=6)), "JPEG", quality=12), ["86400"]


@picture
def transparent(rng, digits):
    ink = page(digits, rng, ["365"])
    black = np.zeros([*ink.shape, 4])
    black[..., 3] = 255 * ink
    return encoded(black), ["365"]


@picture
def a_ballpoint_on_a_large_photograph(rng, digits):
    ink = page(digits, rng, ["1618"], height=300, pen=7, margin=1.5)
    return encoded(on(ink, 215, 60) + grained(ink.shape, rng, 4), "JPEG", quality=80), ["1618"]


@picture
def a_marker(rng, digits):
    return encoded(on(page(digits, rng, ["720"], height=120, pen=26))), ["720"]


@picture
def specks(rng, digits):
    ink = page(digits, rng, ["9109"])
    for _ in range(40):
        y, x = rng.integers(0, ink.shape[0] - 3), rng.integers(0, ink.shape[1] - 3)
        ink[y : y + 3, x : x + 3] = 0.9
    return encoded(on(ink)), ["9109"]


@picture
def a_five_whose_bar_is_apart(rng, digits):
    ink = np.zeros([300, 220])
    cv2.polylines(ink, [np.array([[70, 60], [150, 56]])], False, 1, 14, cv2.LINE_AA)
    body = templates.curve("2,1 1,6 | 1,6 6,5 9,9 7,13 3,14 0,12", np.random.default_rng(3), 1.0)
    points = np.round((body * [11, 12] + [58, 78]) * 16).astype(np.int32)
    cv2.polylines(ink, [points], False, 1, 14, cv2.LINE_AA, 4)
    return encoded(on(ink)), ["5"]


@picture
def digits_that_touch(rng, digits):
    return encoded(on(page(digits, rng, ["3527"], gap=-0.03, pen=10, hand="mnist"))), ["3527"]


@picture
def sixteen_bits(rng, digits):
    grey = on(page(digits, rng, ["65536"]))
    buffer = io.BytesIO()
    Image.fromarray((np.clip(grey, 0, 255) * 257).astype(np.uint16)).save(buffer, "PNG")
    return buffer.getvalue(), ["65536"]


@picture
def a_gif(rng, digits):
    return encoded(on(page(digits, rng, ["73"])), "GIF"), ["73"]


@picture
def nothing(rng, digits):
    return encoded(on(np.zeros([200, 300])) + grained([200, 300], rng)), []
