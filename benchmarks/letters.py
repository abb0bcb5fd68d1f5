"""Make data sets of the letters A to J: python benchmarks/letters.py FOLDER OUT --fonts FOLDER...

FOLDER holds notMNIST's 10,000 test letters as two IDX files. They are dealt out, at random but always in the
same way, as 8,100 for training, 900 for validation and 1,000 for the test: OUT/real-letters. OUT/few-letters
has the first 500 of these for training, to see what weights are worth that `train --from` begins with. OUT/with-fonts
has all of them, and for training also the letters of every font file below the folders after --fonts, rendered
as notMNIST was made (Bulatov 2011): each letter's box stretched to 28 x 28 pixels.

`python benchmarks/accuracy.py notmnist --dataset OUT/with-fonts` trains on it.
"""

import argparse
import struct
from pathlib import Path

import fonts
import numpy as np
from PIL import Image
from tqdm import tqdm

from lenet_tf1.data.datasets import Split
from lenet_tf1.data.idx import read_pair

LETTERS = "ABCDEFGHIJ"
TEST, VALIDATION, FEW = 1000, 900, 500
SIZE = 112  # pixels that a letter is drawn at: four times what it becomes


def deal(split):
    """The test letters as three Splits: train, validation, test."""
    order = np.random.default_rng(0).permutation(len(split))
    parts = np.split(order, [len(split) - TEST - VALIDATION, len(split) - TEST])
    return dict(zip(("train", "validation", "t10k"), (split[part] for part in parts), strict=True))


def stretched(ink):
    """A letter's ink as notMNIST has it."""
    return ink.resize([28, 28], Image.Resampling.BOX)


def write(folder, splits):
    """Write Splits as IDX files."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, split in splits.items():
        for kind, array in (("images-idx3", split.images), ("labels-idx1", split.labels)):
            header = struct.pack(f">{array.ndim + 1}I", 0x800 + array.ndim, *array.shape)
            (folder / f"{stem}-{kind}-ubyte").write_bytes(header + array.tobytes())


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fonts", type=Path, nargs="*", default=[])
    args = parser.parse_args()
    splits = deal(Split(*read_pair(args.folder, "t10k")))
    write(args.out / "real-letters", splits)
    write(args.out / "few-letters", splits | {"train": splits["train"][:FEW]})
    paths = fonts.files(args.fonts)
    rendered = (fonts.render(path, LETTERS, SIZE, stretched) for path in tqdm(paths, unit="font"))
    alphabets = [alphabet for alphabet in rendered if alphabet is not None]
    if not alphabets:
        return
    drawn = Split(np.concatenate(alphabets), np.tile(np.arange(10, dtype=np.uint8), len(alphabets)))
    train = splits["train"]
    both = [np.concatenate(pair) for pair in ((train.images, drawn.images), (train.labels, drawn.labels))]
    write(args.out / "with-fonts", splits | {"train": Split(*both)})
    seen = {image.tobytes() for image in train.images}
    known = sum(image.tobytes() in seen for image in splits["t10k"].images)
    print(
        f"{len(alphabets):,} of {len(paths):,} fonts; {known} of {TEST} test letters are among the real training ones"
    )


if __name__ == "__main__":
    main()
