"""How well the digits of handwriting fonts are read: python benchmarks/font_digits.py FOLDER [--seed N]

Each font file below FOLDER is one more hand. Of each, ten digits stand alone on large sheets and five numbers of two to
eight digits on smaller ones (on_paper.py, alone_on_paper.py), drawn at random from the seed. A picture counts if all of
its digits are read, in order, and nothing else is. No network has learned from these fonts.
"""

import argparse
from collections import Counter
from pathlib import Path

import alone_on_paper
import fonts
import numpy as np
import on_paper
from tqdm import tqdm

from lenet_tf1.base import console
from lenet_tf1.base.report import Report
from lenet_tf1.data.remote import DIGITS
from lenet_tf1.data.splits import Split

SIZE = 120  # pixels of a font's letters
ALONE, NUMBERS = 10, 5  # pictures of each font


def on_canvas(ink):
    """A digit's ink in the corner of a canvas that has room for any."""
    return ink.crop((0, 0, 4 * SIZE, 4 * SIZE))


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run-dir", help="(checkpoints/page, or else the networks that ship)")
    args = parser.parse_args()
    paths = fonts.files([args.folder])
    drawn = (fonts.render(path, DIGITS, SIZE, on_canvas) for path in paths)
    hands = [Split(images, np.arange(10, dtype=np.uint8)) for images in drawn if images is not None]
    if not hands:
        parser.error(f"no fonts with digits below {args.folder}")
    console.import_tensorflow()

    from lenet_tf1.reading.recognizer import Recognizer
    from lenet_tf1.reading.results import texts

    with Recognizer(args.run_dir, Report()) as recognizer:

        def is_read(picture, text):
            return "".join(texts(recognizer.read(picture))) == text

        alone, numbers, wrong = 0, 0, Counter()
        for index, split in enumerate(tqdm(hands, unit="font")):
            rng = np.random.default_rng([args.seed, index])
            writer = on_paper.Writer(split, rng)
            for _ in range(ALONE):
                picture, text = alone_on_paper.on_a_large_sheet(writer, rng)
                alone += (right := is_read(picture, text))
                wrong[int(text)] += not right
            for _ in range(NUMBERS):
                numbers += is_read(*on_paper.number(on_paper.plain, writer, rng))
    print(f"{len(hands):,} of {len(paths):,} fonts")
    for name, right, n in (("alone", alone, ALONE * len(hands)), ("numbers", numbers, NUMBERS * len(hands))):
        print(f"{name:8} {right:6,} of {n:6,}  {right / n:.2%}")
    print("alone and wrong, from 0 to 9:", *(wrong[digit] for digit in range(10)))


if __name__ == "__main__":
    main()
