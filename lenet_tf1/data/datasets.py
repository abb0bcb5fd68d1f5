"""Data sets and their splits: 55,000 / 5,000 / 10,000 for MNIST, the validation images first, as in the documents."""

import os
from collections.abc import Collection
from pathlib import Path

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import SPLITS
from lenet_tf1.data.arrays import Arrays
from lenet_tf1.data.formats import read_place
from lenet_tf1.data.idx import read_pair
from lenet_tf1.data.remote import DIGITS, REMOTE, read_remote
from lenet_tf1.data.splits import EMBEDDED, NO_CLASS, VALIDATION_IMAGES, Dataset, Split

HANDS = {"page": 150_000, "page-small": 20_000}  # pictures that are drawn for training, in addition to MNIST's,
_HANDS_HELD_OUT = 5_000  # and for validation
_COPIES = 2  # of MNIST's own training images, of which each is distorted in another way
NAMES = ("mnist", *HANDS, *REMOTE)


def load(
    name: str,
    *,
    classes: tuple[str, ...] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    wanted: Collection[str] = SPLITS,
    report: Report = QUIET,
) -> Dataset:
    """Load a data set by name, or from a folder or file of one's own.

    The first 5,000 training images are the validation split, or the first tenth of a set that has fewer than
    50,000, unless there are IDX files or a folder named validation. Of pictures without a test folder, the last
    tenth, in a fixed random order, is the test split.

    Parameters
    ----------
    name : str
        One of NAMES; or a file or folder in one of the formats that data/formats.py tells apart.
    classes : tuple of str, optional
        The names that the data must go with, where a network that tells these apart is there already.
    data_dir : path, optional
        A folder in which a folder of the set's name may hold a copy; else the set is fetched.
    wanted : collection of str
        The splits that will be looked at: nothing is drawn for others, which takes a while.
    report : Report
        Is told what is fetched, drawn or left out.

    Returns
    -------
    Dataset
        Its images are uint8 [n, 28, 28], 0 background to 255 ink.

    Raises
    ------
    InputError
        For a set that is missing, damaged, or of other classes.

    Examples
    --------
    >>> data = load("mnist")
    >>> len(data.train), len(data.validation), len(data.test)
    (55000, 5000, 10000)
    """
    if data_dir is not None and not Path(data_dir).is_dir():
        raise InputError(f"there is no folder {data_dir} to look for data sets in")
    arrays, names = _read(name, classes, data_dir, report)
    splits = {part: _split(name, *pair) for part, pair in arrays.items()}
    highest = max(int(split.labels.max(initial=0)) for split in splits.values())
    if names is None:
        names = classes or tuple(str(label) for label in range(max(2, highest + 1)))
    if highest >= len(names):
        raise InputError(f"{name} holds the label {highest}; with {len(names)} classes the last is {len(names) - 1}")
    if classes is not None and tuple(names) != tuple(classes):
        raise InputError(f"the classes of {name} are {', '.join(names)}, not {', '.join(classes)}")
    if "validation" not in splits:
        held_out = min(VALIDATION_IMAGES, len(splits["train"]) // 10)
        splits |= {"validation": splits["train"][:held_out], "train": splits["train"][held_out:]}
    if empty := [part for part in SPLITS if not len(splits[part])]:
        raise InputError(f"{name} has no images for {empty[0]}: 10 for training and 1 for the test are the least")
    if name in HANDS and "train" in wanted:
        report.note(f"drawing {HANDS[name]:,} pictures")
        splits["train"] = _with_hands(splits["train"], HANDS[name], seed=0, copies=_COPIES)
    if name in HANDS and "validation" in wanted:
        splits["validation"] = _with_hands(splits["validation"], _HANDS_HELD_OUT, seed=1).labelled
    return Dataset(**splits, classes=tuple(names))


def lasting(place: str | None) -> str | None:
    """A data set's name as it is, a place as it can be found from anywhere."""
    return str(Path(place).resolve()) if place and place not in NAMES else place


def class_names(name: str, data_dir: str | os.PathLike[str] | None = None) -> tuple[str, ...]:
    """The classes of a data set in the order of the labels; those of a named one are known without its files."""
    if name in REMOTE:
        return REMOTE[name].classes
    return load(name, data_dir=data_dir, wanted=[]).classes


def _read(
    name: str, classes: tuple[str, ...] | None, data_dir: str | os.PathLike[str] | None, report: Report
) -> tuple[dict[str, Arrays], tuple[str, ...] | None]:
    # Those of train, test, perhaps validation; and the classes' names if the data know them.
    if name == "mnist" or name in HANDS:
        return {"train": read_pair(EMBEDDED, "train"), "test": read_pair(EMBEDDED, "t10k")}, DIGITS
    if name in REMOTE:
        return read_remote(name, data_dir, report), REMOTE[name].classes
    path = Path(name)
    if not name.isprintable() or not name or not path.exists():
        raise InputError(f"there is no data set or folder named {name!r}; known data sets: {', '.join(NAMES)}")
    return read_place(path, classes, report)


def _with_hands(split: Split, n: int, *, seed: int, copies: int = 1) -> Split:
    # What the page recognises: MNIST's digits, and n pictures of other hands.
    from lenet_tf1.data.hands import drawing  # OpenCV takes a while, and only this needs it

    images, labels = drawing.drawn(n, seed)
    images = np.concatenate([split.images] * copies + [images])
    return Split(images, np.concatenate([split.labels] * copies + [labels]))


def _split(name: str, images: np.ndarray, labels: np.ndarray) -> Split:
    if len(images) != len(labels):
        raise InputError(f"{name} holds {len(images):,} images, but {len(labels):,} labels")
    if len(labels) and not 0 <= labels.min() <= labels.max() < NO_CLASS:
        raise InputError(
            f"{name} holds labels from {labels.min()} to {labels.max()}; they must be from 0 to {NO_CLASS - 1}"
        )
    return Split(images, labels.astype(np.uint8))
