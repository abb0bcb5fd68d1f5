"""EMNIST's .mat files, by SciPy, in a child process.

References
----------
G. Cohen et al., EMNIST, 2017: dataset.train.images [n, 784], column by column, dataset.train.labels, and
dataset.mapping, from a label to the letters that it stands for.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lenet_tf1.base import child, system
from lenet_tf1.base.errors import InputError

_TIMEOUT = 300  # seconds
_MEGABYTES = 8 << 10  # that it takes at most: EMNIST's largest file unpacks to 0.64 GB


def read_mat(path: Path) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], tuple[str, ...] | None]:
    """Read a .mat file in EMNIST's layout.

    Returns
    -------
    parts : dict
        {"train": (images, labels), "test": (images, labels)}, upright.
    names : tuple of str or None
        The classes', if the file tells them; labels count from 0 then.

    Raises
    ------
    InputError
        For anything else, or without SciPy.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = child.ask("lenet_tf1.data.matlab", [str(path), folder], timeout=_TIMEOUT)
        if "missing" in answer:
            raise InputError(f"{path} needs SciPy: pip install 'lenet_tf1[import]' ({answer['missing']})")
        if "unreadable" in answer:
            raise InputError(f"{path} is no .mat file in EMNIST's layout ({answer['unreadable']})")
        arrays = {key: np.load(Path(folder) / f"{key}.npy", allow_pickle=False) for key in answer["arrays"]}
    parts = {part: (arrays[f"{part}-images"], arrays[f"{part}-labels"]) for part in ("train", "test")}
    if not answer["names"]:
        return parts, None
    first = answer["first"]
    return {part: (images, labels - first) for part, (images, labels) in parts.items()}, tuple(answer["names"])


def _read_here(path: str, folder: str) -> dict[str, Any]:
    try:
        import scipy.io
    except ImportError as error:
        return {"missing": str(error)}
    system.limit_memory(_MEGABYTES)
    try:
        dataset = scipy.io.loadmat(path, variable_names=["dataset"], simplify_cells=True)["dataset"]
        arrays: dict[str, np.ndarray] = {}
        for part in ("train", "test"):
            images = np.asarray(dataset[part]["images"])
            if images.ndim != 2 or images.shape[1] != 784 or images.dtype.kind not in "iuf":
                return {"unreadable": f"its images are {images.dtype} of shape {list(images.shape)}"}
            arrays[f"{part}-images"] = images.reshape(-1, 28, 28).swapaxes(1, 2)
            arrays[f"{part}-labels"] = np.asarray(dataset[part]["labels"]).reshape(len(images)).astype(np.int64)
        for key, array in arrays.items():
            np.save(Path(folder) / f"{key}.npy", array, allow_pickle=False)
        return {"arrays": list(arrays)} | _mapping(dataset.get("mapping"))
    except Exception as error:  # whatever a damaged file makes of SciPy
        said = str(error) if isinstance(error, NotImplementedError | ValueError) else type(error).__name__
        return {"unreadable": (said.splitlines() or [type(error).__name__])[0][:200]}


def _mapping(mapping: Any) -> dict[str, Any]:
    # Names by label, if the labels follow each other: rows of a label, a code of a letter, perhaps others'.
    table = np.asarray(mapping) if mapping is not None else np.zeros([0, 2])
    if table.ndim != 2 or table.dtype.kind not in "iuf" or not 2 <= len(table) <= 255 or table.shape[1] < 2:
        return {"names": [], "first": 0}
    table = table[np.argsort(table[:, 0], kind="stable")].astype(np.int64)
    first = int(table[0, 0])
    names = [chr(code) for code in table[:, 1] if 32 < code < 127]
    follows = np.array_equal(table[:, 0], np.arange(first, first + len(table)))
    return {"names": names if follows and len(set(names)) == len(table) else [], "first": first}


if __name__ == "__main__":
    print(json.dumps(_read_here(sys.argv[1], sys.argv[2])))
