"""How much of photographs is read, beside a general OCR: python benchmarks/photographs.py LABELS.csv [--run-dir RUN]

LABELS.csv has the columns source, file (beside it) and truth. Digits are compared in reading order, blanks and signs
left out. For each source: how many pictures are read exactly, and how many digits, 1 - edit distance / digits; then the
means over the sources. RapidOCR (PaddleOCR's networks in ONNX Runtime) reads the same pictures where it is installed:
pip install rapidocr-onnxruntime; what it reads of a picture are its lines from top to bottom.
"""

import argparse
import csv
import json
import re
import time
from pathlib import Path

import numpy as np

from lenet_tf1.base import console
from lenet_tf1.base.report import Report


def edit_distance(one, other):
    """Levenshtein's."""
    row = np.arange(len(other) + 1)
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return int(row[-1])


def read_labels(path):
    """A list of (source, file, digits)."""
    with path.open(newline="") as file:
        return [
            (row["source"], (path.parent / row["file"]).resolve(), re.sub(r"\D", "", row["truth"]))
            for row in csv.DictReader(file)
        ]


def lenet_tf1_reader(run_dir):
    """From a file to what is read in it."""
    from lenet_tf1.data.images import read_picture
    from lenet_tf1.reading.recognizer import Recognizer
    from lenet_tf1.reading.results import texts

    recognizer = Recognizer(run_dir, Report())
    return lambda path: "".join(texts(recognizer.read(read_picture(path))))


def rapidocr_reader():
    """The same by RapidOCR, or None where it is not installed."""
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        return None
    engine = RapidOCR()

    def read(path):
        lines, _ = engine(str(path))
        return "".join(text for _, text, _ in lines or [])

    return read


def score(labels, read):
    """For each source: pictures, exactly right ones, digits and right ones; and the seconds a picture."""
    sources, seconds = {}, []
    for source, path, truth in labels:
        start = time.perf_counter()
        found = re.sub(r"\D", "", read(path))
        seconds.append(time.perf_counter() - start)
        right = max(0, len(truth) - edit_distance(truth, found))
        counts = sources.setdefault(source, np.zeros(4, int))
        counts += (1, truth == found, len(truth), right)
    return sources, seconds


def _share(right, digits):
    # Of a source's digits; pictures of nothing have none.
    return right / digits if digits else np.nan


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--run-dir", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--out", type=Path, help="a .json with all counts")
    args = parser.parse_args()
    console.import_tensorflow()
    labels = read_labels(args.labels)
    table = {}
    for name, read in {"lenet_tf1": lenet_tf1_reader(args.run_dir), "RapidOCR": rapidocr_reader()}.items():
        if read is None:
            print(f"{name} is left out: it is not installed")
            continue
        sources, seconds = score(labels, read)
        print(f"\n{name:22} pictures   exactly    digits     right")
        for source, (n, exact, digits, right) in sources.items():
            print(f"{source:22} {n:8} {exact / n:9.1%} {digits:9} {_share(right, digits):9.1%}")
        n, exact, digits, right = np.sum(list(sources.values()), axis=0)
        print(f"{'in total':22} {n:8} {exact / n:9.1%} {digits:9} {_share(right, digits):9.1%}")
        means = np.nanmean([(b / a, _share(d, c)) for a, b, c, d in sources.values()], axis=0)
        print(f"{'mean over sources':22} {'':8} {means[0]:9.1%} {'':9} {means[1]:9.1%}")
        print(f"{'seconds a picture':22} {np.median(seconds):8.2f} (median)")
        table[name] = {source: counts.tolist() for source, counts in sources.items()}
    if args.out:
        args.out.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
