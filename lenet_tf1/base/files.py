"""Files: one way to open a person's, and the few operations that everything durable goes through.

A person's file is hostile until it is read: it may be endless, wait for somebody, or be no file at all.

A rename is durable once the folder it happened in is synced, a file's bytes once the file is. Every OSError
from here names its file.
"""

import errno
import gzip
import ntpath
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from lenet_tf1.base import system
from lenet_tf1.base.errors import InputError

TEMPORARY = ".tmp-lenet_tf1-"  # what a crash can leave behind begins with this


def check_name(path: str | os.PathLike[str]) -> None:
    """Raise InputError for a path that TensorFlow, or a line of text, can't name."""
    if not str(path).isprintable() or not str(path):
        raise InputError(f"{str(path)!r} is no name for a file or folder here")
    if not set("*?[").isdisjoint(str(path)):
        raise InputError(f"{path} has one of * ? [ in its name, which TensorFlow takes for a pattern")
    if system.WINDOWS and _is_device(str(path)):
        raise InputError(f"{path} can't be a name on Windows")


def _is_device(path: str) -> bool:
    # NUL, COM1.txt and their like.
    reserved = getattr(ntpath, "isreserved", None)  # Python 3.13 and later
    return reserved(path) if reserved else PureWindowsPath(path).is_reserved()


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Within it, an OSError that names no file is about this one: those of write and sync name none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def open_regular(path: str | os.PathLike[str], most: int) -> BinaryIO:
    """Open a person's file for reading, without waiting for anybody.

    Raises
    ------
    OSError
        If it can't be opened, is no regular file, such as a pipe or a device, or has more than `most` bytes. Its
        `filename` and `strerror` say so.
    """
    descriptor = os.open(path, os.O_RDONLY | system.PLAIN)  # a pipe that nobody writes to would wait
    try:
        about = os.fstat(descriptor)  # of what was opened, whatever takes its name meanwhile
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        if about.st_size > most:
            raise too_large(path, most)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a person's file; raises OSError as `open_regular` does."""
    with naming(path), open_regular(path, most) as file:
        data = file.read(most + 1)
    if len(data) > most:  # it has grown, or has no size, as in /proc
        raise too_large(path, most)
    return data


def open_own(path: Path) -> int:
    """Open a file of our own for reading and writing, and make it if it isn't there. Its descriptor.

    Raises
    ------
    OSError
        If it can't be opened, or is a link.
    """
    if not system.NO_FOLLOW and path.is_symlink():  # what can't be asked for is looked at, before and after
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | system.NO_FOLLOW | system.PLAIN, 0o666)
    try:
        if not os.path.samestat(os.fstat(descriptor), path.lstat()):
            raise OSError(errno.EEXIST, "it was replaced while it was opened", str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def unpacked(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a person's file, those that gzip has packed in it if so; raises OSError as `open_regular` does.

    Raises zlib.error or EOFError, too, for what is damaged.
    """
    with naming(path), open_regular(path, most) as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        data = gzip.GzipFile(fileobj=file).read(most + 1) if packed else file.read(most + 1)
    if len(data) > most:
        raise too_large(path, most)
    return data


def too_large(path: str | os.PathLike[str], most: int) -> OSError:
    """The error of a file that has more than `most` bytes."""
    size = f"{most >> 20:,} MiB" if most >= 1 << 20 else f"{most:,} bytes"
    return OSError(errno.EFBIG, f"it has more than {size}", str(path))


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
    system.patiently(lambda: source.replace(target))
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the disk."""
    with naming(path):
        system.sync(path)


def make_folder(path: Path) -> None:
    """Make an empty folder, in the place of one that a crash left."""
    remove(path)
    path.mkdir()


def remove(path: Path) -> None:
    """Remove a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        system.patiently(lambda: shutil.rmtree(path))
    else:
        system.patiently(lambda: path.unlink(missing_ok=True))


def user_folder(name: str) -> Path:
    """A folder of this user's own among the temporary ones, for who has no home.

    Raises
    ------
    OSError
        If it can't be made.
    InputError
        If it is another user's.
    """
    user = system.user_id()
    folder = Path(tempfile.gettempdir()) / f"{name}-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    there = folder.lstat()
    if there.st_uid != user or not stat.S_ISDIR(there.st_mode):
        raise InputError(f"{folder} is another user's")
    return folder


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
