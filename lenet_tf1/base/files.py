"""Files that outlive a crash: the few operations that everything durable goes through.

A rename is durable once the folder it happened in is synced, a file's bytes once the file is. Every OSError
from here names its file.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lenet_tf1.base.errors import InputError

TEMPORARY = ".tmp-lenet_tf1-"  # what a crash can leave behind begins with this


def check_name(path: str | os.PathLike[str]) -> None:
    """Raise InputError for a path that TensorFlow, or a line of text, can't name."""
    if not str(path).isprintable() or not str(path):
        raise InputError(f"{str(path)!r} is no name for a file or folder here")
    if not set("*?[").isdisjoint(str(path)):
        raise InputError(f"{path} has one of * ? [ in its name, which TensorFlow takes for a pattern")


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Within it, an OSError that names no file is about this one: those of write and sync name none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def write(path: Path, data: bytes) -> None:
    """Make `data` the content of the file: after a crash it has the old content or the new."""
    temporary = path.with_name(TEMPORARY + path.name)
    create(temporary, data)
    sync(temporary)
    move(temporary, path)


def create(path: Path, data: bytes) -> None:
    """Write a new file, which is not durable before it and its folder are synced."""
    with naming(path):
        path.write_bytes(data)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder within one folder, durably."""
    source.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the disk."""
    with naming(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make an empty folder, in the place of one that a crash left."""
    remove(path)
    path.mkdir()


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_parents(path: Path) -> None:
    """Make a folder and those above it that are missing, durably."""
    missing = [folder for folder in [path, *path.absolute().parents] if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync(folder.absolute().parent)


def remove_temporaries(folder: Path) -> None:
    """Remove what a crash left in the folder."""
    for path in folder.glob(TEMPORARY + "*"):
        remove(path)
