"""Data sets and their splits: 55,000 / 5,000 / 10,000 for MNIST, the validation images first, as in the documents."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lenet_tf1.data.idx import read_idx
from lenet_tf1.errors import InputError

EMBEDDED = {"mnist": Path(__file__).parent / "mnist"}
VALIDATION_IMAGES = 5000
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Part of a data set: `images` uint8 [n, 28, 28], 0 background to 255 ink; `labels` uint8 [n]."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return Split(self.images[index], self.labels[index])


@dataclass(frozen=True)
class Dataset:
    """The three splits of a data set. Validation decides, test reports."""

    train: Split
    validation: Split
    test: Split

    def digest(self):
        """SHA-256 of all that training looks at."""
        digest = hashlib.sha256()
        for split in (self.train, self.validation):
            digest.update(split.images)
            digest.update(split.labels)
        return digest.hexdigest()


def load(name, *, classes):
    """Load a data set by name, or from a folder that holds the four IDX files, plain or as .gz.

    The first 5,000 training images are the validation split, or the first tenth of a set that has
    fewer than 50,000. Raises InputError if a file is missing, damaged, or doesn't go with the others,
    or if a label is not below `classes`.
    """
    folder = EMBEDDED.get(name, Path(name))
    if not name.isprintable() or not name or not folder.is_dir():
        raise InputError(f"there is no data set or folder named {name!r}; known data sets: {', '.join(EMBEDDED)}")
    train = _read_pair(folder, "train", classes)
    test = _read_pair(folder, "t10k", classes)
    held_out = min(VALIDATION_IMAGES, len(train) // 10)
    if not held_out or not len(test):
        raise InputError(f"{folder} holds {len(train)} training and {len(test)} test images; 10 and 1 are the least")
    return Dataset(train[held_out:], train[:held_out], test)


def _read_pair(folder, prefix, classes):
    images_path = _find(folder, prefix, "images", 3)
    labels_path = _find(folder, prefix, "labels", 1)
    images = read_idx(images_path, 3)
    labels = read_idx(labels_path, 1)
    if images.shape[1:] != (28, 28):
        raise InputError(f"{images_path} holds images of {images.shape[1]} x {images.shape[2]} pixels, not 28 x 28")
    if len(images) != len(labels):
        raise InputError(f"{images_path} holds {len(images):,} images, but {labels_path} {len(labels):,} labels")
    if len(labels) and labels.max() >= classes:
        raise InputError(
            f"{labels_path} holds the label {labels.max()}; with {classes} classes the last is {classes - 1}"
        )
    return Split(images, labels)


def _find(folder, prefix, kind, dimensions):
    stem = f"{prefix}-{kind}-idx{dimensions}-ubyte"
    dotted = f"{prefix}-{kind}.idx{dimensions}-ubyte"  # as some archives unpack
    for name in (stem, f"{stem}.gz", dotted, f"{dotted}.gz"):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder} holds no {stem} and no {stem}.gz")
