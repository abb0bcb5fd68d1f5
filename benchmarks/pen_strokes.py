"""How many digits of real pens the page reads: python benchmarks/pen_strokes.py FILE [--run-dir FOLDER]

FILE is UCI's pendigits in UNIPEN's form (Alpaydin, Alimoglu 1998), plain or as .gz: strokes of 30 writers. Each
digit is drawn as the page draws it, with the page's pen, on a canvas of the page's size, encoded as the PNG that
the page would send, and read as the server reads it. So are strings of five digits of one writer, side by side.
"""

import argparse
import gzip
import io
import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from lenet_tf1.base import console
from lenet_tf1.base.report import Report
from lenet_tf1.data import images

CANVAS = (720, 360)  # the page's, width and height
PEN = 14  # pixels, the page's
STRING = 5


def read_unipen(path):
    """The digits of a UNIPEN file: a list of (label, writer, strokes), strokes float [n, 2], y upwards."""
    digits = []
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as file:
        for line in file:
            if line.startswith(".SEGMENT"):
                digits.append([re.search(r'"(\d)"', line)[1], None, []])
            elif line.startswith(".COMMENT") and digits:
                digits[-1][1] = int(line.split()[2])
            elif line.startswith(".PEN_DOWN"):
                digits[-1][2].append([])
            elif re.match(r"\s*-?\d+\s+-?\d+", line) and digits:
                digits[-1][2][-1].append([float(value) for value in line.split()[:2]])
    return [(label, writer, [np.array(s) for s in strokes if s]) for label, writer, strokes in digits]


def fit(strokes, box):
    """The strokes, y downwards, as large as they fit into the middle of a box (left, top, width, height)."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(box[2] / max(high[0] - low[0], 1), box[3] / max(high[1] - low[1], 1))
    middle = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])
    return [(stroke - (low + high) / 2) * [scale, -scale] + middle for stroke in strokes]


def draw(strokes):
    """The PNG of a canvas with the strokes on it."""
    canvas = np.full(CANVAS[::-1], 255, np.uint8)
    for stroke in strokes:
        points = np.round(stroke * 16).astype(np.int32)
        cv2.polylines(canvas, [points], False, 0, PEN, cv2.LINE_AA, 4)
    png = io.BytesIO()
    Image.fromarray(canvas).save(png, "PNG")
    return png.getvalue()


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--run-dir", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--wrong", type=Path, help="a folder for pictures of what was read wrong")
    args = parser.parse_args()
    console.import_tensorflow()

    from lenet_tf1.reading.recognizer import Recognizer
    from lenet_tf1.reading.results import texts

    recognizer = Recognizer(args.run_dir, Report())
    digits = read_unipen(args.file)

    def read(strokes):
        return " ".join(texts(recognizer.read_drawing(images.decode(draw(strokes)))))

    right = np.zeros([10, 2], int)
    margin = 0.12 * CANVAS[1]
    for label, _, strokes in tqdm(digits, unit="digit"):
        box = (margin, margin, CANVAS[0] - 2 * margin, CANVAS[1] - 2 * margin)
        placed = fit(strokes, box)
        found = read(placed)
        right[int(label)] += (found == label, 1)
        if found != label and args.wrong:
            args.wrong.mkdir(parents=True, exist_ok=True)
            (args.wrong / f"{label}-{found or 'nothing'}-{right[:, 1].sum()}.png").write_bytes(draw(placed))
    for label, (hits, n) in enumerate(right):
        print(f"{label}: {hits / n:7.2%} of {n}")
    print(f"single digits: {right[:, 0].sum() / right[:, 1].sum():.2%} of {right[:, 1].sum()}")

    writers = {}
    for label, writer, strokes in digits:
        writers.setdefault(writer, []).append((label, strokes))
    strings = [group[i : i + STRING] for group in writers.values() for i in range(0, len(group) - STRING + 1, STRING)]
    hits, cell = 0, (CANVAS[0] - 2 * margin) / STRING
    for number, string in enumerate(tqdm(strings, unit="string")):
        placed = []
        for i, (_, strokes) in enumerate(string):
            placed += fit(strokes, (margin + (i + 0.12) * cell, 0.3 * CANVAS[1], 0.76 * cell, 0.4 * CANVAS[1]))
        wanted = "".join(label for label, _ in string)
        found = read(placed)
        hits += found == wanted
        if found != wanted and args.wrong:
            (args.wrong / f"string-{wanted}-{found}-{number}.png").write_bytes(draw(placed))
    print(f"strings of {STRING}: {hits / len(strings):.2%} of {len(strings)}")


if __name__ == "__main__":
    main()
