"""IDX files, the format MNIST is published in: plain or gzip-compressed, unsigned bytes.

A file is two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, and the data in C order.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

import numpy as np

from lenet_tf1.base.errors import InputError

MAX_BYTES = 1 << 30  # unpacked; EMNIST's largest file is 0.55 GB
_CHUNK = 1 << 20

KINDS = (("images", 3), ("labels", 1))  # what the files of a set hold, and in how many dimensions


def read_pair(folder: Path, stem: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the images and labels that a folder holds as STEM-images-idx3-ubyte and STEM-labels-idx1-ubyte.

    Either name may end in .gz, or have a dot before idx.

    Returns
    -------
    images : numpy.ndarray
        uint8 [n, height, width], or [n, height, width, channels] of a file that has idx4 in its name.
    labels : numpy.ndarray
        uint8 [n].

    Raises
    ------
    InputError
        If a file is missing or damaged, or if they are not equally many.
    """
    coloured = find(folder, stem, "images", 4)  # [n, height, width, channels]
    images_path = coloured or find(folder, stem, *KINDS[0]) or _missing(folder, stem, *KINDS[0])
    labels_path = find(folder, stem, *KINDS[1]) or _missing(folder, stem, *KINDS[1])
    images, labels = read_idx(images_path, 4 if coloured else 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise InputError(f"{images_path} holds {len(images):,} images, but {labels_path} {len(labels):,} labels")
    return images, labels


def find(folder: Path, stem: str, kind: str, dimensions: int) -> Path | None:
    """Find the file of `kind` ("images", "labels") whose name begins with `stem`, in any usual spelling, or None."""
    dashed = f"{stem}-{kind}-idx{dimensions}-ubyte"
    dotted = f"{stem}-{kind}.idx{dimensions}-ubyte"  # as some archives unpack
    for name in (dashed, f"{dashed}.gz", dotted, f"{dotted}.gz"):
        if (folder / name).is_file():
            return folder / name
    return None


def _missing(folder: Path, stem: str, kind: str, dimensions: int) -> NoReturn:
    name = f"{stem}-{kind}-idx{dimensions}-ubyte"
    raise InputError(f"{folder} holds no {name} and no {name}.gz")


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Read one IDX file of unsigned bytes, plain or compressed by gzip, which is told from its content.

    Parameters
    ----------
    path : pathlib.Path
        The file, of any name.
    dimensions : int
        How many it must have: 3 for images, 1 for labels.

    Returns
    -------
    numpy.ndarray
        uint8, of the shape in the header.

    Raises
    ------
    InputError
        For a file that is not just what its header says, or that is of more than 1 GiB.

    References
    ----------
    Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, "File formats".
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            return _parse(cast(BinaryIO, file), path, dimensions)
    except FileNotFoundError:
        raise InputError(f"{path} is missing") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path} is a damaged gzip file ({error})") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error


def _parse(file: BinaryIO, path: Path, dimensions: int) -> np.ndarray:
    magic = file.read(4)
    expected = bytes([0, 0, 8, dimensions])
    if magic != expected:
        raise InputError(
            f"{path} is no IDX file of {dimensions}-dimensional unsigned bytes: "
            f"it begins with {magic.hex() or 'nothing'} instead of {expected.hex()}"
        )
    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise InputError(f"{path} is cut off within its header")
    shape = struct.unpack(f">{dimensions}I", header)
    size = math.prod(shape)
    if math.prod(max(1, length) for length in shape) > MAX_BYTES:
        raise InputError(f"{path} claims to be of shape {shape}, over the limit of {MAX_BYTES:,} bytes")
    data = bytearray()  # grows with what is really there: a header can claim anything
    while len(data) <= size and (chunk := file.read(min(_CHUNK, size + 1 - len(data)))):
        data += chunk
    if len(data) != size:
        found = "more" if len(data) > size else f"only {len(data):,}"
        raise InputError(f"{path} should hold {size:,} bytes of data after its header, but holds {found}")
    return np.frombuffer(data, np.uint8).reshape(shape)
