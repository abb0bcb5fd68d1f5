"""Folders of pictures, one folder a class, as notMNIST ships."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.images import read_picture
from lenet_tf1.data.ink import find_ink
from lenet_tf1.data.normalize import SIDE, as_mnist
from lenet_tf1.data.picture_formats import holds_more, is_other, is_picture, kinds
from lenet_tf1.data.splits import NO_CLASS

_MOST = 1_000_000  # pictures


def class_folders(folder: Path) -> list[Path]:
    """The folders that stand for classes: those that hold pictures, in order, numbers before names.

    Raises
    ------
    InputError
        For more than 255 of them, or a name that can't be printed.
    """
    found = [path for path in class_places(folder) if any(map(is_picture, path.iterdir()))]
    for path in found:
        if not path.name.isprintable():
            raise InputError(f"{str(path)!r} is no name for a class")
    if len(found) > NO_CLASS:
        raise InputError(f"{folder} has {len(found)} folders of pictures; {NO_CLASS} classes are the most")
    return sorted(found, key=lambda path: (not path.name.isdecimal(), _number(path.name), path.name))


def read_pictures(folder: Path, names: Sequence[str], report: Report = QUIET) -> tuple[np.ndarray, np.ndarray]:
    """Read every picture in the classes' folders, always in the same random order.

    A picture of 28 x 28 pixels is taken as it is, any other is made into what MNIST's are (normalize.as_mnist). Those
    that can't be read are left out.

    Parameters
    ----------
    folder : pathlib.Path
        Holds a folder for each class.
    names : sequence of str
        The classes' in the order of the labels.
    report : Report
        Is told how many are left out.

    Returns
    -------
    images : numpy.ndarray
        uint8 [n, 28, 28].
    labels : numpy.ndarray
        uint8 [n].

    Raises
    ------
    InputError
        For a class that is not in `names`, or that has no picture left, or more than a million pictures.
    """
    folders = class_folders(folder)
    if strangers := [path.name for path in folders if path.name not in names]:
        raise InputError(f"{folder} has pictures of the class {strangers[0]}; the classes are {', '.join(names)}")
    if not folders:
        raise InputError(f"{folder} has no folder of pictures for a class")
    paths = [path for place in folders for path in sorted(filter(is_picture, place.iterdir()))]
    if len(paths) > _MOST:
        raise InputError(f"{folder} holds {len(paths):,} pictures; {_MOST:,} are the most")
    if strange := [path for place in class_places(folder) for path in sorted(place.iterdir()) if is_other(path)]:
        report.note(
            f"{len(strange):,} files in {folder} are no pictures that can be read and are left out: {kinds(strange)}; "
            f"the first is {strange[0]}"
        )
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(_read, paths))
    if unread := [path for path, image in zip(paths, found, strict=True) if image is None]:
        report.note(
            f"{len(unread):,} of {len(paths):,} pictures in {folder} can't be read and are left out: {unread[0]}, ..."
        )
    if several := sum(map(holds_more, paths)):
        report.note(f"{several:,} of the pictures in {folder} are files of several; the first of each is taken")
    pairs = [
        (image, names.index(path.parent.name)) for path, image in zip(paths, found, strict=True) if image is not None
    ]
    for i, name in enumerate(names):
        if (folder / name).is_dir() and not any(label == i for _, label in pairs):
            raise InputError(f"none of the pictures in {folder / name} can be read")
    order = np.random.default_rng(0).permutation(len(pairs))
    pictures = np.stack([image for image, _ in pairs])[order]
    return pictures, np.array([label for _, label in pairs], np.uint8)[order]


def class_places(folder: Path) -> list[Path]:
    """The folders within, hidden ones left out, whether they hold pictures or not."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def prepared(grey: np.ndarray) -> np.ndarray:
    """A picture, uint8 [height, width], as an image: one of 28 x 28 pixels as it is, any other as MNIST's are made."""
    return grey if grey.shape == (SIDE, SIDE) else as_mnist(find_ink(grey))


def _read(path: Path) -> np.ndarray | None:
    try:
        return prepared(read_picture(path))
    except InputError:
        return None


def _number(name: str) -> int:
    return int(name) if re.fullmatch("[0-9]{1,9}", name) else 0
