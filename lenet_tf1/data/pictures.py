"""Folders of pictures, one folder a class, as notMNIST ships."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.images import read_first
from lenet_tf1.data.ink import find_ink
from lenet_tf1.data.normalize import SIDE, as_mnist
from lenet_tf1.data.picture_formats import folders_in, is_other, is_picture, kinds
from lenet_tf1.data.splits import NO_CLASS

_MOST = 1_000_000  # pictures


class _Picture(NamedTuple):
    image: np.ndarray
    is_first: bool  # of several in its file


def class_folders(folder: Path) -> list[Path]:
    """The folders that stand for classes: those that hold pictures, in order, numbers before names.

    Raises
    ------
    InputError
        For more than 255 of them, or a name that can't be printed.
    """
    found = [path for path in folders_in(folder) if any(map(is_picture, path.iterdir()))]
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
    paths = _paths(folder, names, report)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(_read, paths))
    read = [(path, picture) for path, picture in zip(paths, found, strict=True) if picture is not None]
    if unread := [path for path, picture in zip(paths, found, strict=True) if picture is None]:
        report.note(
            f"{len(unread):,} of {len(paths):,} pictures in {folder} can't be read and are left out: {unread[0]}, ..."
        )
    if several := sum(picture.is_first for _, picture in read):
        report.note(f"{several:,} of the pictures in {folder} are files of several; the first of each is taken")
    if broken := sorted({path.parent for path in paths} - {path.parent for path, _ in read}):
        raise InputError(f"none of the pictures in {broken[0]} can be read")
    order = np.random.default_rng(0).permutation(len(read))
    images = np.stack([picture.image for _, picture in read])[order]
    return images, np.array([names.index(path.parent.name) for path, _ in read], np.uint8)[order]


def _paths(folder: Path, names: Sequence[str], report: Report) -> list[Path]:
    classes = class_folders(folder)
    if strangers := [path.name for path in classes if path.name not in names]:
        raise InputError(f"{folder} has pictures of the class {strangers[0]}; the classes are {', '.join(names)}")
    if not classes:
        raise InputError(f"{folder} has no folder of pictures for a class")
    paths = [path for place in classes for path in sorted(filter(is_picture, place.iterdir()))]
    if len(paths) > _MOST:
        raise InputError(f"{folder} holds {len(paths):,} pictures; {_MOST:,} are the most")
    for sentence in _left_out(folder, classes):
        report.note(sentence)
    return paths


def _left_out(folder: Path, classes: Sequence[Path]) -> Iterator[str]:
    # In words, what of the folder is not read: nothing is lost in silence.
    places = folders_in(folder)
    within = [below for place in places for below in folders_in(place)]
    for why, paths in (
        ("no pictures that can be read", [path for place in places for path in filter(is_other, place.iterdir())]),
        ("in no class's folder", list(filter(is_picture, folder.iterdir()))),
        (
            "in folders within those of classes",
            [path for below in within for path in filter(is_picture, below.rglob("*"))],
        ),
    ):
        if paths:
            yield f"left out, {why}: {kinds(paths)}; the first is {min(paths)}"
    if empty := [place.name for place in places if place not in classes]:
        yield f"folders in {folder} that hold no pictures are no classes: {', '.join(empty[:5])}"


def prepared(grey: np.ndarray) -> np.ndarray:
    """A picture, uint8 [height, width], as an image: one of 28 x 28 pixels as it is, any other as MNIST's are made."""
    return grey if grey.shape == (SIDE, SIDE) else as_mnist(find_ink(grey))


def _read(path: Path) -> _Picture | None:
    try:
        grey, is_first = read_first(path)
        return _Picture(prepared(grey), is_first)
    except InputError:
        return None


def _number(name: str) -> int:
    return int(name) if re.fullmatch("[0-9]{1,9}", name) else 0
