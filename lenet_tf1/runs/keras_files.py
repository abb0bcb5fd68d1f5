"""Keras's weights, by h5py alone: .h5 of Keras 2 and 3, .weights.h5 and .keras. No class of theirs is made.

References
----------
keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import h5py
import numpy as np

from lenet_tf1.runs.matching import Stored, natural_order

HDF5 = b"\x89HDF\r\n\x1a\n"
INSIDE = "model.weights.h5"  # the file of a .keras archive that holds its weights
_LARGEST = 1 << 30  # bytes of it, unpacked
_MOST = 10_000  # variables


class KerasFile:
    """The variables of a file, by the names that it has for them. Raises ValueError for what isn't of Keras's making.

    Parameters
    ----------
    file : binary file
        A .h5, .weights.h5 or .keras.
    """

    def __init__(self, file: BinaryIO) -> None:
        begin = file.read(len(HDF5))
        self._file = h5py.File(file if begin == HDF5 else _unpacked(file), "r")
        self._datasets = dict(_legacy(self._file) if _is_legacy(self._file) else _current(self._file))

    def contents(self) -> dict[str, Stored]:
        """Each variable, in the order of the layers."""
        return {name: Stored(list(data.shape), data.dtype.name) for name, data in self._datasets.items()}

    def value(self, name: str) -> np.ndarray:
        """The values of one of them."""
        return self._datasets[name][()]


def _unpacked(file: BinaryIO) -> BinaryIO:
    with zipfile.ZipFile(file) as archive, archive.open(INSIDE) as member:
        data = member.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"{INSIDE} has more than {_LARGEST >> 20:,} MiB")
    return io.BytesIO(data)


def _is_legacy(file: h5py.File) -> bool:
    return any("layer_names" in group.attrs or "layer_names0" in group.attrs for group in _roots(file))


def _roots(file: h5py.File) -> list[h5py.Group]:
    # Where the layers are: in a file of a whole model, and of weights alone.
    group = file.get("model_weights")
    return [group, file] if isinstance(group, h5py.Group) else [file]


def _legacy(file: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    root = next(group for group in _roots(file) if "layer_names" in group.attrs or "layer_names0" in group.attrs)
    for layer in _names(root, "layer_names"):
        for name in _names(root[layer], "weight_names"):
            yield f"{layer}/{name}", _own(root[layer][name])


def _names(group: h5py.Group, key: str) -> list[str]:
    # Lists of names that are longer than an attribute can be are cut in several.
    attributes = [key] if key in group.attrs else [f"{key}{i}" for i in range(_MOST) if f"{key}{i}" in group.attrs]
    found: list[Any] = [name for attribute in attributes for name in np.ravel(group.attrs[attribute])]
    if len(found) > _MOST:
        raise ValueError(f"it has more than {_MOST:,} names")
    return [name.decode() if isinstance(name, bytes) else str(name) for name in found]


def _current(file: h5py.File) -> list[tuple[str, h5py.Dataset]]:
    # layers/conv2d/vars/0: numbered variables of layers that are named for their classes.
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = _own(item)
            if len(found) > _MOST:
                raise ValueError(f"it has more than {_MOST:,} variables")

    file.visititems(visit)
    names = [name for name in found if re.fullmatch(r".*/vars/\d+", name)]
    if not names:
        raise ValueError("it is an HDF5 file without Keras's layers")
    return [(name, found[name]) for name in sorted(names, key=natural_order)]


def _own(item: Any) -> h5py.Dataset:
    # Not what would be read from another file, or made up while it is read.
    if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
        raise ValueError("it names data that are not in it")
    return item
