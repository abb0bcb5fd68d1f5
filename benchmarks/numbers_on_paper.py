"""How many numbers of each kind are read on paper: python benchmarks/numbers_on_paper.py [--seed N] [-n 60]

Each picture is made anew from the seed, with digits of MNIST's test writers (on_paper.py): a number alone, underlined,
boxed, in a form's cells, with a minus in front, as a date, a decimal or a telephone number, cropped to its box, on
ruled paper, with writing that shines through, turned by a quarter or a half, askew, and behind printed words (with
OpenCV 5); and one digit in a ring, on a sheet on a desk, or on a large sheet (alone_on_paper.py). It counts if all of
its digits are read, in order, and nothing else is. Blank papers, empty cells and words alone have to be read as
nothing.
"""

import argparse
import functools
from pathlib import Path

import alone_on_paper
import cv2
import numpy as np
import on_paper

from lenet_tf1.base import console
from lenet_tf1.base.report import Report

BLANKS = 240


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-n", type=int, default=60, help="pictures of each kind (default: 60)")
    parser.add_argument("--run-dir", help="(checkpoints/page, or else the networks that ship)")
    parser.add_argument("--wrong", type=Path, help="a folder for pictures of what was read wrong")
    args = parser.parse_args()
    console.import_tensorflow()

    from lenet_tf1.data.datasets import load
    from lenet_tf1.reading.recognizer import Recognizer
    from lenet_tf1.reading.results import texts

    split = load("mnist").test

    def count(index, name, pictures, draw):
        right = 0
        for number in range(pictures):
            grey, text = draw(np.random.default_rng([args.seed, index, number]))
            wanted = "".join(filter(str.isdigit, text))
            read = "".join(texts(recognizer.read(grey)))
            right += read == wanted
            if read != wanted and args.wrong:
                args.wrong.mkdir(parents=True, exist_ok=True)
                what = f"{name.replace(' ', '-')}-{number}-{wanted or 'blank'}-{read or 'nothing'}"
                cv2.imwrite(str(args.wrong / f"{what}.png"), grey)
        print(f"{name:16} {right:3} of {pictures}", flush=True)

    def number(kind, rng):
        return on_paper.number(kind, on_paper.Writer(split, rng), rng)

    def alone(draw, rng):
        return draw(on_paper.Writer(split, rng), rng)

    with Recognizer(args.run_dir, Report()) as recognizer:
        for index, (name, kind) in enumerate(on_paper.KINDS.items()):
            count(index, name, args.n, functools.partial(number, kind))
        count(len(on_paper.KINDS), "blank", BLANKS, lambda rng: (alone_on_paper.blank(rng), ""))
        count(len(on_paper.KINDS) + 1, "words alone", args.n, lambda rng: (alone_on_paper.page_of_words(rng), ""))
        for index, (name, draw) in enumerate(alone_on_paper.KINDS.items(), len(on_paper.KINDS) + 2):
            count(index, name, args.n, functools.partial(alone, draw))


if __name__ == "__main__":
    main()
