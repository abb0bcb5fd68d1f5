"""Read a checkpoint of unknown origin in a child process.

TensorFlow's checkpoint reader can abort its whole process on a crafted or damaged file. A checkpoint
that lenet_tf1 wrote is hashed against its manifest before TensorFlow sees it; one that another program
wrote is read here, by a child that may die.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lenet_tf1.base import console, files
from lenet_tf1.base.errors import InputError

TIMEOUT = 120  # seconds; importing TensorFlow on a busy machine takes most of what is needed
MAX_INDEX_BYTES = 64 << 20
MAX_DATA_BYTES = 64 << 30


def read(prefix: str, shapes: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
    """Read float32 variables from a checkpoint.

    Parameters
    ----------
    prefix : str
        As a Saver takes it.
    shapes : mapping
        Of variable name -> list of dimensions.

    Returns
    -------
    dict
        Of variable name -> float32 array.

    Raises
    ------
    InputError
        If the checkpoint can't be read; or naming each variable that is missing, or of another shape or type.
    """
    _check_files(Path(prefix))
    with tempfile.TemporaryDirectory() as folder:
        child = [sys.executable, "-m", "lenet_tf1.runs.foreign", prefix, json.dumps(shapes), folder]
        path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])  # where this process found its modules
        try:
            done = subprocess.run(
                child,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                env=os.environ | {"PYTHONPATH": path},
            )
            answer = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            answer = {"unreadable": f"no answer in {TIMEOUT} seconds"}
        except ValueError:
            answer = {"unreadable": f"the reader ended with exit code {done.returncode}"}
        if "unreadable" in answer:
            raise InputError(f"{prefix} can't be read as a checkpoint ({answer['unreadable']})")
        if answer["wrong"]:
            raise InputError(f"{prefix} is a checkpoint of another network: {', '.join(answer['wrong'])}")
        return {name: np.load(Path(folder) / f"{i}.npy", allow_pickle=False) for i, name in enumerate(shapes)}


def _check_files(prefix: Path) -> None:
    # Regular ones, or TensorFlow would wait for a pipe; and an index of a size that a network of ours has.
    try:
        files.open_regular(f"{prefix}.index", MAX_INDEX_BYTES).close()
        for path in prefix.parent.glob(f"{prefix.name}.data-*"):
            files.open_regular(path, MAX_DATA_BYTES).close()
    except OSError as error:
        raise InputError(f"{error.filename} can't be read ({error.strerror})") from error


def differences(
    found_shapes: Mapping[str, Sequence[int]], found_types: Mapping[str, Any], shapes: Mapping[str, Sequence[int]]
) -> list[str]:
    """In words, each variable of `shapes` that a checkpoint lacks, or holds in another shape or type than float32."""
    wrong = []
    for name, shape in shapes.items():
        if name not in found_shapes:
            wrong.append(f"{name} is missing")
        elif list(found_shapes[name]) != list(shape):
            wrong.append(f"{name} is {found_shapes[name]} instead of {list(shape)}")
        elif found_types[name].name != "float32":
            wrong.append(f"{name} is {found_types[name].name} instead of float32")
    return wrong


def _read_here(prefix: str, shapes: dict[str, list[int]], folder: str) -> dict[str, Any]:
    console.import_tensorflow()

    import tensorflow.compat.v1 as tf

    try:
        reader = tf.train.load_checkpoint(prefix)
        wrong = differences(reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map(), shapes)
        for i, name in enumerate(shapes if not wrong else []):
            np.save(Path(folder) / f"{i}.npy", reader.get_tensor(name))
        return {"wrong": wrong}
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        return {"unreadable": str(error).splitlines()[0]}


if __name__ == "__main__":
    print(json.dumps(_read_here(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3])))
