"""Folders of pictures, one folder a class, as notMNIST ships."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lenet_tf1 import images
from lenet_tf1.data.batches import NO_CLASS
from lenet_tf1.errors import InputError

_MOST = 1_000_000  # pictures


def class_folders(folder):
    """The folders that stand for classes: those that hold pictures, in order; numbers before names."""
    folders = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    found = [path for path in folders if any(map(images.is_picture, path.iterdir()))]
    for path in found:
        if not path.name.isprintable():
            raise InputError(f"{str(path)!r} is no name for a class")
    if len(found) > NO_CLASS:
        raise InputError(f"{folder} has {len(found)} folders of pictures; {NO_CLASS} classes are the most")
    return sorted(found, key=lambda path: (not path.name.isdecimal(), _number(path.name), path.name))


def read_pictures(folder, names, report):
    """Read every picture below a folder: images uint8 [n, 28, 28], labels uint8 [n], always in the same random order.

    A picture of 28 x 28 pixels is taken as it is, any other is made into what MNIST's are (images.py).
    Those that can't be read are left out, and how many is told to `report`. Raises InputError for a class
    that is not in `names`, or that has no picture left.
    """
    folders = class_folders(folder)
    if strangers := [path.name for path in folders if path.name not in names]:
        raise InputError(f"{folder} has pictures of the class {strangers[0]}; the classes are {', '.join(names)}")
    if not folders:
        raise InputError(f"{folder} has no folder of pictures for a class")
    paths = [path for place in folders for path in sorted(filter(images.is_picture, place.iterdir()))]
    if len(paths) > _MOST:
        raise InputError(f"{folder} holds {len(paths):,} pictures; {_MOST:,} are the most")
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(_read, paths))
    if unread := [path for path, image in zip(paths, found, strict=True) if image is None]:
        report(
            f"{len(unread):,} of {len(paths):,} pictures in {folder} can't be read and are left out: {unread[0]}, ..."
        )
    pairs = [
        (image, names.index(path.parent.name)) for path, image in zip(paths, found, strict=True) if image is not None
    ]
    for i, name in enumerate(names):
        if (folder / name).is_dir() and not any(label == i for _, label in pairs):
            raise InputError(f"none of the pictures in {folder / name} can be read")
    order = np.random.default_rng(0).permutation(len(pairs))
    pictures = np.stack([image for image, _ in pairs])[order]
    return pictures, np.array([label for _, label in pairs], np.uint8)[order]


def _read(path):
    try:
        grey = images.read_picture(path)
    except InputError:
        return None
    return grey if grey.shape == (28, 28) else images.as_mnist(images.find_ink(grey))


def _number(name):
    return int(name) if re.fullmatch("[0-9]{1,9}", name) else 0
