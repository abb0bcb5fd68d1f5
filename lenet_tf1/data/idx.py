"""IDX files, the format MNIST is published in: plain or gzip-compressed, unsigned bytes.

A file is two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, and the data in C order.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError

MAX_BYTES = 1 << 30  # unpacked; EMNIST's largest file is 0.55 GB
_CHUNK = 1 << 20
_PACKED_CHUNK = 1 << 16
_MOST_MEMBERS = 20_000  # of a gzip file: bgzip makes one of every 64 KiB

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
        with files.open_regular(path, MAX_BYTES + _CHUNK) as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            return _parse(_unpacked(file) if packed else iter(lambda: file.read(_CHUNK), b""), path, dimensions)
    except FileNotFoundError:
        raise InputError(f"{path} is missing") from None
    except (zlib.error, EOFError) as error:
        raise InputError(f"{path} is a damaged gzip file ({error})") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    # The content of a gzip file piece by piece: as gzip.open reads it, but of a bounded number of members.
    packed = file.read(_PACKED_CHUNK)
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(wbits=31)  # gzip's header and checksum
        while not member.eof:
            data = member.decompress(packed, _CHUNK)
            packed = member.unconsumed_tail
            if data:
                yield data
            elif not member.eof and not packed and not (packed := file.read(_PACKED_CHUNK)):
                raise EOFError("it is cut off")
        packed = member.unused_data
        while not (packed := packed.lstrip(b"\0")):  # which may stand between members and at the end
            if not (packed := file.read(_PACKED_CHUNK)):
                return
    raise zlib.error(f"it has more than {_MOST_MEMBERS:,} members")


def _parse(chunks: Iterator[bytes], path: Path, dimensions: int) -> np.ndarray:
    data, start = bytearray(), 4 + 4 * dimensions
    while len(data) < start and (chunk := next(chunks, b"")):
        data += chunk
    magic, expected = data[:4], bytes([0, 0, 8, dimensions])
    if magic != expected:
        raise InputError(
            f"{path} is no IDX file of {dimensions}-dimensional unsigned bytes: "
            f"it begins with {magic.hex() or 'nothing'} instead of {expected.hex()}"
        )
    if len(data) < start:
        raise InputError(f"{path} is cut off within its header")
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    size = math.prod(shape)
    if math.prod(max(1, length) for length in shape) > MAX_BYTES:
        raise InputError(f"{path} claims to be of shape {shape}, over the limit of {MAX_BYTES:,} bytes")
    while len(data) <= start + size and (chunk := next(chunks, b"")):  # a header can claim anything
        data += chunk
    if (found := len(data) - start) != size:
        words = "more" if found > size else f"only {found:,}"
        raise InputError(f"{path} should hold {size:,} bytes of data after its header, but holds {words}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
