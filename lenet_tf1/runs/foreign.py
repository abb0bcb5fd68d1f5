"""Read a checkpoint of unknown origin in a child process.

TensorFlow's checkpoint reader can abort its whole process on a crafted or damaged file, and so can HDF5's. A
checkpoint that lenet_tf1 wrote is hashed against its manifest before TensorFlow sees it; one that another program
wrote is read here, by a child that may die.
"""

import glob
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from lenet_tf1.base import child, console, files, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.runs.matching import NO_RULES, Match, Rules, Stored, match, natural_order

if TYPE_CHECKING:
    from lenet_tf1.runs.keras_files import KerasFile

TIMEOUT = 120  # seconds; importing TensorFlow on a busy machine takes most of what is needed
MAX_INDEX_BYTES = 64 << 20
MAX_DATA_BYTES = 64 << 30
_LARGEST = 4 << 30  # bytes of a file in which everything is
_KERAS_MEGABYTES = 6 << 10  # that reading one takes at most
_HDF5, _TABLE = b"\x89HDF\r\n\x1a\n", bytes.fromhex("57fb808b247547db")  # how HDF5 begins, and how version 1 ends


class Imported(NamedTuple):
    """What was read: float32 arrays by the network's names, and which of the checkpoint's names they had."""

    weights: dict[str, np.ndarray]
    match: Match


class _Source(Protocol):
    def contents(self) -> dict[str, Stored]: ...

    def value(self, name: str) -> np.ndarray: ...


def kind(path: Path) -> str | None:
    """What a checkpoint's prefix or file is: "tensorflow", "version 1" or "keras"; None for anything else."""
    if path.with_name(path.name + ".index").exists():
        return "tensorflow"
    try:
        with files.open_regular(path, _LARGEST) as file:
            begin = file.read(len(_HDF5))
            file.seek(-min(len(_TABLE), os.fstat(file.fileno()).st_size), os.SEEK_END)
            end = file.read()
            if begin == _HDF5 or (begin[:2] == b"PK" and "model.weights.h5" in zipfile.ZipFile(file).namelist()):
                return "keras"
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    return "version 1" if end == _TABLE else None


def read(prefix: str, shapes: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
    """The weights of `take`, whose parameters and errors it has."""
    return take(prefix, shapes).weights


def take(prefix: str, shapes: Mapping[str, Sequence[int]], rules: Rules = NO_RULES) -> Imported:
    """Read a network's variables from a checkpoint.

    Parameters
    ----------
    prefix : str
        As a Saver takes it, of either version of the format; or a file of Keras's: .h5, .weights.h5, .keras.
    shapes : mapping
        Of variable name -> list of dimensions, in the network's order.
    rules : Rules
        Of the names.

    Raises
    ------
    InputError
        If the checkpoint can't be read; or naming each variable that is missing, or of another shape or type.
    """
    _check_files(Path(prefix))
    with tempfile.TemporaryDirectory() as folder:
        arguments = [prefix, json.dumps(shapes), json.dumps(rules.to_json()), folder]
        answer = child.ask("lenet_tf1.runs.foreign", arguments, timeout=TIMEOUT)
        if "unreadable" in answer:
            raise InputError(f"{prefix} can't be read as a checkpoint ({answer['unreadable']})")
        matched = Match(**answer)
        if matched.wrong:
            raise InputError(f"{prefix} is a checkpoint of another network: {', '.join(matched.wrong)}")
        places = {name: Path(folder) / f"{i}.npy" for i, name in enumerate(shapes)}
        return Imported({name: np.load(path, allow_pickle=False) for name, path in places.items()}, matched)


def _check_files(prefix: Path) -> None:
    # Regular ones, or TensorFlow would wait for a pipe; and an index of a size that a network of ours has.
    index = prefix.with_name(f"{prefix.name}.index")
    try:
        if not index.exists():
            files.open_regular(prefix, _LARGEST).close()
            return
        files.open_regular(index, MAX_INDEX_BYTES).close()
        for path in prefix.parent.glob(f"{glob.escape(prefix.name)}.data-*"):
            files.open_regular(path, MAX_DATA_BYTES).close()
    except OSError as error:
        raise InputError(f"{error.filename} can't be read ({error.strerror})") from error


class _Checkpoint:
    # What TensorFlow's reader finds, in the order in which layers are made.
    def __init__(self, prefix: str) -> None:
        console.import_tensorflow()
        import tensorflow.compat.v1 as tf

        self._reader = tf.train.load_checkpoint(prefix)

    def contents(self) -> dict[str, Stored]:
        shapes, types = self._reader.get_variable_to_shape_map(), self._reader.get_variable_to_dtype_map()
        return {name: Stored(list(shapes[name]), types[name].name) for name in sorted(shapes, key=natural_order)}

    def value(self, name: str) -> np.ndarray:
        return self._reader.get_tensor(name)


def _keras(prefix: str) -> "KerasFile":
    from lenet_tf1.runs.keras_files import KerasFile

    system.limit_memory(_KERAS_MEGABYTES)
    return KerasFile(files.open_regular(prefix, _LARGEST))


def _read_here(prefix: str, shapes: dict[str, list[int]], rules: Rules, folder: str) -> dict[str, Any]:
    try:
        source: _Source = _keras(prefix) if kind(Path(prefix)) == "keras" else _Checkpoint(prefix)
        matched = match(source.contents(), shapes, rules)
        for i, name in enumerate(shapes if matched.taken else []):
            np.save(Path(folder) / f"{i}.npy", source.value(matched.taken[name]).astype(np.float32))
        return vars(matched)
    except Exception as error:  # whatever a damaged file makes of TensorFlow, HDF5 and zip
        return {"unreadable": (str(error).splitlines() or [type(error).__name__])[0]}


if __name__ == "__main__":
    _renames = json.loads(sys.argv[3])
    _rules = Rules(tuple(map(tuple, _renames["renames"])), _renames["averages"])
    print(json.dumps(_read_here(sys.argv[1], json.loads(sys.argv[2]), _rules, sys.argv[4])))
