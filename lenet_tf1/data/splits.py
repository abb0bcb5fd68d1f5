"""Images with their labels in memory: a split, and a data set of three of them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

EMBEDDED = Path(__file__).parent / "mnist"  # MNIST itself
VALIDATION_IMAGES = 5000  # the first of MNIST's training images, as in the documents
NO_CLASS = 255  # the label of an image that is none of the classes


@dataclass(frozen=True)
class Split:
    """Part of a data set.

    Attributes
    ----------
    images : numpy.ndarray
        uint8 [n, 28, 28], 0 background to 255 ink.
    labels : numpy.ndarray
        uint8 [n]: the class's number, or NO_CLASS.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def digest(self) -> str:
        """SHA-256 of its images and labels, in hexadecimal."""
        return _digest(self)

    def __getitem__(self, index: slice | np.ndarray) -> "Split":
        return Split(self.images[index], self.labels[index])

    @property
    def labelled(self) -> "Split":
        """Those images that are of a class."""
        return self if (self.labels != NO_CLASS).all() else self[self.labels != NO_CLASS]


@dataclass(frozen=True)
class Dataset:
    """The three splits of a data set, of which validation decides and test reports.

    Attributes
    ----------
    train, validation, test : Split
        No image is in two of them.
    classes : tuple of str
        The classes' names in the order of the labels.
    """

    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]

    def digest(self) -> str:
        """SHA-256 of all that training looks at, in hexadecimal."""
        return _digest(self.train, self.validation)


def _digest(*splits: Split) -> str:
    digest = hashlib.sha256()
    for split in splits:
        for array in (split.images, split.labels):
            digest.update(array.data)
    return digest.hexdigest()
