"""mnist.pkl.gz, as the Theano and deeplearning.net tutorials have it: a pickle, read without running what is in it.

A pickle is a program for a machine that can call any function. Here its opcodes meet stand-ins instead of NumPy's
functions: they note what an array would be made of, and nothing else can be called. The arrays are then made from
the bytes, once shape, type and length agree.

References
----------
Python's pickletools, for what the opcodes do. numpy/core/src/multiarray/methods.c, array_reduce, for an array's state.
"""

import io
import math
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError

_LARGEST = 1 << 30  # bytes, unpacked; mnist.pkl has 220 million
_CONVERT = (
    "in a program that reads it, numpy.savez(FILE, x_train=..., y_train=..., x_test=..., y_test=...) makes what can be "
    "read"
)
_TYPES = {"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "b1"}


class _Type:
    # What numpy.dtype(name, align, copy) would be.
    def __init__(self, name: Any = None, *_: Any) -> None:
        if not isinstance(name, str) or name.lstrip("<>|=") not in _TYPES:
            raise pickle.UnpicklingError(f"an array of {str(name)[:20]}")
        self.name, self.order = name.lstrip("<>|="), "<"

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            self.order = "<" if state[1] in "|=" else state[1]


class _Array:
    # What numpy.ndarray's _reconstruct(ndarray, (0,), b"b") would be.
    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def value(self) -> np.ndarray:
        if not (isinstance(self.state, tuple) and len(self.state) == 5):
            raise pickle.UnpicklingError("an array without its state")
        _, shape, kind, fortran, data = self.state
        if isinstance(data, str):  # Python 2's bytes
            data = data.encode("latin1")
        is_shape = isinstance(shape, tuple) and all(isinstance(n, int) and 0 <= n <= _LARGEST for n in shape)
        if not is_shape or len(shape) > 4 or not isinstance(kind, _Type) or not isinstance(data, bytes):
            raise pickle.UnpicklingError("an array of another kind")
        dtype = np.dtype(kind.order + kind.name)
        if math.prod(shape) * dtype.itemsize != len(data):
            raise pickle.UnpicklingError("an array whose bytes are not as many as its shape says")
        return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _encode(text: Any, encoding: Any) -> bytes:
    # _codecs.encode, by which Python 3 writes bytes for Python 2.
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError("bytes in another encoding")
    return text.encode("latin1")


def _scalar(kind: Any, data: Any) -> int | float:
    value = _Array()
    value.state = (1, (1,), kind, False, data)
    return value.value()[0].item()


def _from_buffer(data: Any, kind: Any, shape: Any, order: Any) -> _Array:
    # numpy._core.numeric._frombuffer, by which protocol 5 makes arrays.
    array = _Array()
    array.state = (1, shape, kind, order == "F", bytes(data) if isinstance(data, bytes | bytearray) else data)
    return array


_STAND_INS: dict[tuple[str, str], Any] = {
    (module, name): stand_in
    for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
    for name, stand_in in (("_reconstruct", _Array), ("ndarray", _Array), ("dtype", _Type), ("scalar", _scalar))
} | {
    ("_codecs", "encode"): _encode,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
}


_HASHED = {pickle.SETITEM, pickle.SETITEMS, pickle.DICT, pickle.ADDITEMS, pickle.FROZENSET}


class _Unpickler(pickle._Unpickler):  # the one in Python: the one in C takes memory for any number that it is told
    # Without sets and dicts, whose keys can be made to take as long as one likes to be hashed.
    dispatch: ClassVar[dict[int, Callable[..., None]]] = {
        code: load for code, load in pickle._Unpickler.dispatch.items() if bytes([code]) not in _HASHED
    }

    def load_bytearray8(self) -> None:
        # As many bytes as there are: Python's own takes the memory for as many as it is told, first.
        reader = cast(Any, self)
        size = int.from_bytes(reader.read(8), "little")
        reader.append(bytearray(reader.read(min(size, _LARGEST))))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _STAND_INS:
            return _STAND_INS[module, name]
        raise pickle.UnpicklingError(f"it would call {module[:40]}.{name[:40]}")


def read_pickle(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read a pickle of (images, labels) pairs for training, validation and test, perhaps compressed by gzip.

    Nothing in it is run: it may make tuples, lists and arrays of numbers alone.

    Returns
    -------
    dict
        Of "train", "test" and perhaps "validation" -> (images, labels), as they are there.

    Raises
    ------
    InputError
        For anything else, what would call other functions among it, and for more than 1 GiB.
    """
    try:
        found = _Unpickler(io.BytesIO(files.unpacked(path, _LARGEST)), encoding="latin1").load()
        parts = [_pair(part) for part in found] if isinstance(found, tuple | list) and len(found) in (2, 3) else []
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    except (zlib.error, EOFError) as error:
        raise InputError(f"{path} is cut off or damaged") from error
    except KeyError as error:  # an opcode that isn't there
        raise InputError(f"{path} holds a dictionary, a set or something damaged; {_CONVERT}") from error
    except Exception as error:  # opcodes that make no sense fail in as many ways as Python
        reason = f": {error}" if isinstance(error, pickle.UnpicklingError) else f" ({type(error).__name__})"
        reason = reason[:200].replace("\n", " ")
        raise InputError(f"{path} is no pickle of arrays of numbers{reason}; {_CONVERT}") from error
    names = ("train", "validation", "test") if len(parts) == 3 else ("train", "test")
    if not parts or not all(parts):
        raise InputError(f"{path} holds no (images, labels) pairs for training, validation and test; {_CONVERT}")
    return {name: part for name, part in zip(names, parts, strict=True) if part}


def _pair(part: Any) -> tuple[np.ndarray, np.ndarray] | None:
    if not (isinstance(part, tuple | list) and len(part) == 2 and all(isinstance(array, _Array) for array in part)):
        return None
    return part[0].value(), part[1].value()
