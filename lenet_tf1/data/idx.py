"""IDX files, the format MNIST is published in: plain or gzip-compressed, unsigned bytes.

A file is two zero bytes, a type byte (8: unsigned byte), the number of dimensions, each dimension as a
big-endian 32-bit integer, and the data in C order.
"""

import gzip
import math
import struct
import zlib

import numpy as np

from lenet_tf1.errors import InputError

MAX_BYTES = 1 << 30  # unpacked; EMNIST's largest file is 0.55 GB
_CHUNK = 1 << 20


def read_pair(folder, stem):
    """Read the images and labels that a folder holds as STEM-images-idx3-ubyte and STEM-labels-idx1-ubyte.

    Either may end in .gz. Returns uint8 [n, height, width] and uint8 [n]; raises InputError if a file is
    missing or damaged, or if they are not equally many.
    """
    images_path, labels_path = (find(folder, stem, *kind) or _missing(folder, stem, *kind) for kind in KINDS)
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise InputError(f"{images_path} holds {len(images):,} images, but {labels_path} {len(labels):,} labels")
    return images, labels


KINDS = (("images", 3), ("labels", 1))


def find(folder, stem, kind, dimensions):
    """The path of such a file, or None."""
    dashed = f"{stem}-{kind}-idx{dimensions}-ubyte"
    dotted = f"{stem}-{kind}.idx{dimensions}-ubyte"  # as some archives unpack
    for name in (dashed, f"{dashed}.gz", dotted, f"{dotted}.gz"):
        if (folder / name).is_file():
            return folder / name
    return None


def _missing(folder, stem, kind, dimensions):
    name = f"{stem}-{kind}-idx{dimensions}-ubyte"
    raise InputError(f"{folder} holds no {name} and no {name}.gz")


def read_idx(path, dimensions):
    """Read one IDX file of unsigned bytes.

    Parameters: `path` a pathlib.Path; `dimensions` how many the file must have (3 images, 1 labels).

    Returns a uint8 array. Raises InputError for a file that is not just what its header says.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            return _parse(file, path, dimensions)
    except FileNotFoundError:
        raise InputError(f"{path} is missing") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path} is a damaged gzip file ({error})") from error
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error


def _parse(file, path, dimensions):
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
