"""From a path that a person gives to what there is to restore."""

import dataclasses
import glob
import os
import re
from pathlib import Path

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.datasets import class_names
from lenet_tf1.data.remote import REMOTE
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs import checkpoints, directory, foreign, manifest
from lenet_tf1.runs.checkpoints import Checkpoint, ForeignCheckpoint

_NAMED = re.compile(rb'^\s*model_checkpoint_path:\s*"([^"\n]+)"', re.MULTILINE)  # in TensorFlow's state file
_ALONE = (".h5", ".hdf5", ".keras")  # what a checkpoint in one file is called
_SAVED_MODEL = "saved_model.pb"
_OTHERS = {  # files that hold networks, but no checkpoint
    ".pb": "a frozen graph",
    ".onnx": "an ONNX model",
    ".tflite": "a LiteRT model",
    ".pt": "PyTorch's",
    ".pth": "PyTorch's",
    ".safetensors": "a safetensors file",
    ".npz": "a NumPy archive",
    ".json": "a description without weights",
}


def find(
    path: str | os.PathLike[str], recipe: Recipe | None = None, report: Report = QUIET
) -> Checkpoint | ForeignCheckpoint:
    """What to restore for a run directory, a checkpoint's folder, or its prefix.

    Parameters
    ----------
    path : str or path
        Of a run directory the best checkpoint by validation is taken.
    recipe : Recipe, optional
        Needed for a checkpoint of another program; one that lenet_tf1 wrote knows its own.
    report : Report
        Is told of damaged checkpoints that were passed over.

    Raises
    ------
    InputError
        If there is nothing to restore, or if it is of another network than the recipe's.
    """
    files.check_name(path)
    path = Path(path)
    checkpoint = _own(path, report)
    if checkpoint is None:
        prefix = foreign_prefix(path)
        if recipe is None:
            raise InputError(f"{prefix} has no recipe beside it; say which network it is of with --recipe")
        return ForeignCheckpoint(prefix, _as_others_compute(recipe))
    if recipe is not None and recipe.network != checkpoint.recipe.network:
        raise InputError(f"{path} was trained with the network {checkpoint.recipe.network}, not {recipe.network}")
    return checkpoint


def is_own(path: str | os.PathLike[str]) -> bool:
    """Whether lenet_tf1 wrote the checkpoint or the run directory there, so that it knows its recipe."""
    return _own_folder(Path(path)) is not None


def _own(path: Path, report: Report) -> Checkpoint | None:
    folder = _own_folder(path)
    if folder is None:
        return None
    return checkpoints.verify(folder) if directory.is_checkpoint_folder(folder) else checkpoints.best(folder, report)


def _own_folder(path: Path) -> Path | None:
    # The run directory, or the checkpoint's folder.
    if directory.checkpoint_folders(path):
        return path
    own = path if (path / manifest.NAME).is_file() else path.parent
    inside = own == path or path.name.split(".")[0] == "model"
    return own if inside and directory.is_checkpoint_folder(own) else None


def foreign_prefix(path: Path) -> str:
    """The prefix, or the file, of the checkpoint of another program that a path is, or that a folder holds.

    Raises InputError if there is none.
    """
    if path.name == _SAVED_MODEL:
        path = path.parent
    if path.is_dir():
        path = _in_folder(path)
    elif path.suffix in (".index", ".meta") or path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    if foreign.kind(path):
        return str(path)
    if not path.exists():
        if next(path.parent.glob(f"{glob.escape(path.name)}.data-*"), None):
            raise InputError(f"{path}.index is missing, without which {path}.data-* can't be read")
        if longer := sorted(other.stem for other in path.parent.glob(f"{glob.escape(path.name)}*.index")):
            raise InputError(f"there is no checkpoint at {path}, but {', '.join(longer[:5])} beside it: name that")
        raise InputError(f"there is no run directory or checkpoint at {path}; python -m lenet_tf1.train makes one")
    what = _OTHERS.get(path.suffix.lower())
    if path.name == directory.STATE_FILE:
        what = "a state file, which names checkpoints: give the folder that it is in"
    raise InputError(
        f"{path} is {what or 'no checkpoint'}; what can be read are checkpoints of TensorFlow (PREFIX.index and "
        "PREFIX.data-*, or one file of version 1), and Keras's .h5, .weights.h5 and .keras"
    )


def _as_others_compute(recipe: Recipe) -> Recipe:
    # In float32, and of the classes that its data set has by name.
    classes = class_names(recipe.dataset) if recipe.dataset in REMOTE else recipe.classes
    return dataclasses.replace(recipe, precision="fp32", classes=classes)


def _is_alone(path: Path) -> bool:
    # Whether it is a checkpoint in one file. The index of several files ends as one of version 1 does.
    named = path.suffix.lower() in _ALONE or (".ckpt" in path.name and path.suffix != ".index")
    return named and foreign.kind(path) in ("keras", "version 1")


def _in_folder(folder: Path) -> Path:
    # What its state file names, wherever the folder was when it was written; without one, the only checkpoint there is.
    # Of a SavedModel the variables.
    if (folder / _SAVED_MODEL).is_file():
        return folder / "variables" / "variables"
    try:
        state = directory.read_state(folder)
        named = _NAMED.search(state)
        there = [path.with_suffix("") for path in folder.glob("*.index")]
        there += [path for path in folder.iterdir() if _is_alone(path)]
    except OSError as error:
        raise InputError(f"{error.filename or folder} can't be read ({error.strerror})") from error
    if named:
        path = Path(os.fsdecode(named[1].replace(b"\\\\", b"\\")))
        last = re.split(r"[/\\]", str(path))[-1]  # on Windows \ stands between the names
        for place in (path, folder / last):
            if foreign.kind(place):
                return place
    if len(there) == 1:
        return there[0]
    if there:
        names = ", ".join(sorted(path.name for path in there)[:5])
        raise InputError(f"{folder} holds {len(there)} checkpoints ({names}, ...); name one of them")
    if named:
        raise InputError(f"there is no run directory or checkpoint at {folder / last}, which its state file names")
    if state:
        raise InputError(f"{folder / directory.STATE_FILE} is no state file of TensorFlow's")
    raise InputError(f"{folder} holds no checkpoint; python -m lenet_tf1.train makes one")
