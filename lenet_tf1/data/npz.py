"""NumPy archives: x_train, y_train, x_test, y_test as Keras has them, or other usual names; or one array, arr_0."""

import io
import math
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, TypeVar

import numpy as np

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import SPLIT_WORDS
from lenet_tf1.data.idx import MAX_BYTES

_LARGEST_HEADER = 10_000  # bytes
_IMAGES = ("x_{}", "{}_x", "{}x", "{}_images", "images_{}", "{}_imgs", "{}_data")  # in any case
_LABELS = ("y_{}", "{}_y", "{}y", "{}_labels", "labels_{}", "{}_label")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what NumPy writes; bzip2 and LZMA unpack to any size at once
_LARGEST_DIRECTORY = 1 << 20  # bytes, of thousands of members
_END, _END_BYTES = b"PK\5\6", 22  # of a zip file: what tells where its directory is, perhaps before a comment


def read_npz(path: Path, report: Report = QUIET) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read the splits of a NumPy archive: x_train, y_train and so on, or train_images, train_labels and so on.

    Nothing in it is run: arrays of Python objects, which would be pickles, are refused.

    Returns
    -------
    dict
        Of "train" and perhaps "validation" and "test" -> (images, labels), numbers of any shape. `report` is told of
        arrays that are none of these.

    Raises
    ------
    InputError
        For a file that is something else, is damaged, or holds an array of more than 1 GiB.
    """
    found, others = _within(path, _splits)
    if others:
        report.note(f"arrays of {path} that are of no split are left out: {', '.join(others)[:200]}")
    return found


def read_array(path: Path) -> np.ndarray:
    """The one array of an archive, which numpy.savez has called arr_0 where nobody gave a name."""
    return _within(path, lambda archive: _read(archive, _only(archive)))


Read = TypeVar("Read")


def _within(path: Path, read: Callable[[zipfile.ZipFile], Read]) -> Read:
    try:
        with files.open_regular(path, 4 * MAX_BYTES) as file, _open(file) as archive:
            return read(archive)
    except InputError as error:
        raise InputError(f"{path} is no archive of images and labels: {error}") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    # RuntimeError: an encrypted member, or an unknown compression.
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} is a damaged .npz file ({error})") from error


def _splits(archive: zipfile.ZipFile) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str]]:
    # The splits, and the names that are left.
    there = {name.removesuffix(".npy").lower(): name.removesuffix(".npy") for name in archive.namelist()}
    found, left = {}, set(there)
    for split, words in SPLIT_WORDS.items():
        pair = [
            next((name for form in forms for word in words if (name := form.format(word)) in there), None)
            for forms in (_IMAGES, _LABELS)
        ]
        if pair == [None, None] and split != "train":
            continue
        for wanted, form in zip(pair, (_IMAGES, _LABELS), strict=True):
            if wanted is None:
                held = ", ".join(sorted(there.values()))[:200]
                raise InputError(f"it holds no {form[0].format(words[0])}, but {held}")
        images, labels = map(str, pair)
        found[split] = (_read(archive, there[images]), _read(archive, there[labels]))
        left -= {images, labels}
    return found, sorted(there[name] for name in left)


def _open(file: BinaryIO) -> zipfile.ZipFile:
    # The archive, whose directory zipfile reads at once, whatever its size.
    file.seek(max(0, file.seek(0, os.SEEK_END) - _END_BYTES - 0xFFFF))
    end = file.read()
    place = len(end) - _END_BYTES if end[-_END_BYTES:].startswith(_END) else end.rfind(_END)
    size = int.from_bytes(end[place + 12 : place + 16], "little") if place >= 0 else 0
    if size > _LARGEST_DIRECTORY or end[max(0, place - 20) :].startswith(b"PK\6\7"):  # the second is zip64's
        raise InputError("it has too many members")
    file.seek(0)
    return zipfile.ZipFile(file)


def _only(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if len(names) != 1:
        raise InputError(f"it holds {len(names)} arrays, where one is wanted")
    return names[0].removesuffix(".npy")


def _read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    # As numpy.load does it, but nothing is allocated before header and member agree on the size.
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise InputError(f"it holds no {name}") from None
    if member.compress_type not in _PLAIN:
        raise InputError(f"{name} is compressed in another way than NumPy does it")
    if member.file_size > MAX_BYTES + _LARGEST_HEADER:
        raise InputError(f"{name} is over the limit of {MAX_BYTES:,} bytes")
    with archive.open(member) as file:
        head = io.BytesIO(file.read(_LARGEST_HEADER + 16))  # a header can claim any length
        shape, fortran_order, dtype = _header(head, name)
        if dtype.hasobject or dtype.kind not in "iufb" or any(length < 0 for length in shape):
            raise InputError(f"{name} is of type {dtype}, where numbers are wanted")
        size = math.prod(shape) * dtype.itemsize
        if size > MAX_BYTES:
            raise InputError(f"{name} is over the limit of {MAX_BYTES:,} bytes")
        data = head.read(size + 1)
        data += file.read(size + 1 - len(data))
    if len(data) != size:
        raise InputError(f"{name} should hold {size:,} bytes of data after its header, but does not")
    return np.ascontiguousarray(np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C"))


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise InputError(f"{name} is in version {version} of NumPy's format")
    try:
        return _READERS[version](file, max_header_size=_LARGEST_HEADER)
    except Exception as error:  # it is parsed as Python, which can fail in as many ways as Python
        raise InputError(f"the header of {name} can't be read ({type(error).__name__})") from error


_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
