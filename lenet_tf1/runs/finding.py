"""From a path that a person gives to what there is to restore."""

import os
from pathlib import Path

import tensorflow.compat.v1 as tf

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs import checkpoints, directory, manifest
from lenet_tf1.runs.checkpoints import Checkpoint, ForeignCheckpoint


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
    own = path if (path / manifest.NAME).is_file() else path.parent
    if directory.checkpoint_folders(path):
        checkpoint = checkpoints.best(path, report)
    elif directory.is_checkpoint_folder(own) and (own == path or path.name.split(".")[0] == "model"):
        checkpoint = checkpoints.verify(own)
    else:
        prefix = _foreign_prefix(path)
        if recipe is None:
            raise InputError(f"{prefix} has no recipe beside it; say which network it is of with --recipe")
        return ForeignCheckpoint(prefix, recipe)
    if recipe is not None and recipe.network != checkpoint.recipe.network:
        raise InputError(f"{path} was trained with the network {checkpoint.recipe.network}, not {recipe.network}")
    return checkpoint


def _foreign_prefix(path: Path) -> str:
    if path.is_dir():
        path = _named_by_state_file(path)
    elif path.suffix in (".index", ".meta") or path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    if not path.with_name(path.name + ".index").is_file():
        raise InputError(f"there is no run directory or checkpoint at {path}; python -m lenet_tf1.train makes one")
    return str(path)


def _named_by_state_file(folder: Path) -> Path:
    try:
        directory.read_state(folder)  # which may be a pipe, and TensorFlow would wait
        state = tf.train.get_checkpoint_state(str(folder))
    except OSError as error:
        raise InputError(f"{folder / directory.STATE_FILE} can't be read ({error.strerror})") from error
    except (ValueError, tf.errors.OpError) as error:
        raise InputError(f"{folder / directory.STATE_FILE} is no state file of TensorFlow's") from error
    if state is None:
        raise InputError(f"{folder} holds no checkpoint; python -m lenet_tf1.train makes one")
    # It may name the place where the folder was before it was moved here.
    path = Path(state.model_checkpoint_path)
    return path if path.with_name(path.name + ".index").is_file() else folder / path.name
