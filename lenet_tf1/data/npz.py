"""NumPy archives in Keras's layout: x_train, y_train, x_test, y_test."""

import lzma
import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.idx import MAX_BYTES

_LARGEST_HEADER = 10_000  # bytes


def read_npz(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read a NumPy archive in Keras's layout, as tensorflow.keras.datasets' mnist.npz is.

    Nothing in it is run: arrays of Python objects, which would be pickles, are refused.

    Returns
    -------
    dict
        {"train": (images, labels), "test": (images, labels)}: uint8 [n, height, width] and integers [n].

    Raises
    ------
    InputError
        For a file that is something else, is damaged, or holds an array of more than 1 GiB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {split: (_read_images(archive, split), _read_labels(archive, split)) for split in ("train", "test")}
    except InputError as error:
        raise InputError(f"{path} is no archive in Keras's layout: {error}") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    # RuntimeError: an encrypted member, or an unknown compression.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} is a damaged .npz file ({error})") from error


def _read_images(archive: zipfile.ZipFile, split: str) -> np.ndarray:
    images = _read(archive, f"x_{split}")
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.dtype != np.uint8:
        raise InputError(f"x_{split} is {images.dtype} of shape {list(images.shape)}, not uint8 [n, height, width]")
    return images


def _read_labels(archive: zipfile.ZipFile, split: str) -> np.ndarray:
    labels = _read(archive, f"y_{split}")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise InputError(f"y_{split} is {labels.dtype} of shape {list(labels.shape)}, not integers [n]")
    return labels


def _read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    # As numpy.load does it, but nothing is allocated before header and member agree on the size.
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise InputError(f"it holds no {name}") from None
    with archive.open(member) as file:
        shape, fortran_order, dtype = _header(file, name)
        if dtype.hasobject or dtype.kind not in "iuf" or any(length < 0 for length in shape):
            raise InputError(f"{name} is of type {dtype}")
        size = math.prod(shape) * dtype.itemsize
        if max(size, member.file_size) > MAX_BYTES:
            raise InputError(f"{name} is over the limit of {MAX_BYTES:,} bytes")
        data = file.read(size + 1)
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
