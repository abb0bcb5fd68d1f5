"""How a checkpoint is committed, verified, chosen and read. A checkpoint is data: graphs come from code.

It is a folder of a run directory (see runs/directory.py) that holds TensorFlow's files and a manifest.
"""

import glob
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs import directory, foreign, manifest
from lenet_tf1.runs.manifest import Manifest, Progress
from lenet_tf1.runs.matching import NO_RULES, Rules, Stored, differences

_LARGEST_FILE = 1 << 40  # bytes: more than any network of ours has
KEPT = 3  # newest valid checkpoints that pruning leaves, besides the best


class CheckpointGone(InputError):
    """A checkpoint that was there a moment ago: the training that it belongs to has pruned it."""


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: every file was there with the size and SHA-256 that its manifest says."""

    folder: Path
    manifest: Manifest

    @property
    def prefix(self) -> str:
        """What a Saver restores from."""
        return str(self.folder / "model")

    @property
    def digest(self) -> str:
        """SHA-256 of the file that holds its variables, in hexadecimal."""
        return self.manifest.files["model.data-00000-of-00001"]["sha256"]

    @property
    def recipe(self) -> Recipe:
        """What it was trained with."""
        return self.manifest.recipe

    @property
    def step(self) -> int:
        """How many updates were made."""
        return self.manifest.step

    @property
    def history(self) -> list[dict[str, Any]]:
        """One dict an epoch: the rows of metrics.csv up to here."""
        return self.manifest.progress.history

    def read(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
        """The variables of these names, float32; what else it holds, such as Adam's slots, is left alone.

        Parameters
        ----------
        shapes : mapping
            Of variable name -> list of dimensions.

        Raises
        ------
        CheckpointGone
            If its files are no longer there.
        InputError
            If a variable is missing or of another shape: its bytes are right, so the code has changed since.
        """
        try:
            reader = tf.train.load_checkpoint(self.prefix)
            found, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
            stored = {name: Stored(found[name], types[name].name) for name in found}
            if wrong := differences(stored, shapes):
                raise InputError(f"{self.folder} was written by another version ({', '.join(wrong)})")
            return {name: reader.get_tensor(name) for name in shapes}
        except (tf.errors.OpError, ValueError, RuntimeError) as error:
            if not self.folder.exists():
                raise CheckpointGone(f"{self.folder} was removed while it was read") from error
            raise InputError(f"{self.folder} can't be read ({_reason(error)})") from error


@dataclass(frozen=True)
class ForeignCheckpoint:
    """A checkpoint that another program wrote: nothing vouches for its bytes, and its recipe had to be told.

    Attributes
    ----------
    prefix : str
        Of TensorFlow's files, or one file: see runs/foreign.py.
    recipe : Recipe
        In fp32, as other programs compute.
    rules : Rules
        Of the names in it.
    """

    prefix: str
    recipe: Recipe
    rules: Rules = NO_RULES

    @property
    def digest(self) -> str:
        """SHA-256 of the files that hold its variables, one after the other, in hexadecimal."""
        prefix = Path(self.prefix)
        parts = sorted(prefix.parent.glob(f"{glob.escape(prefix.name)}.data-*"))
        digest = hashlib.sha256()
        for path in parts if prefix.with_name(f"{prefix.name}.index").is_file() else [prefix]:
            _update(digest, path)
        return digest.hexdigest()

    def take(self, shapes: Mapping[str, Sequence[int]]) -> foreign.Imported:
        """What `read` returns, and where it was found."""
        return foreign.take(self.prefix, shapes, self.rules)

    def read(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, np.ndarray]:
        """The variables of these names, float32. Raises InputError that names each one that is missing or differs."""
        return self.take(shapes).weights


def commit(
    run_dir: Path,
    *,
    recipe: Recipe,
    step: int,
    progress: Progress,
    provenance: Mapping[str, Any],
    save: Callable[[str], object],
) -> None:
    """Write the checkpoint of `step` so that a crash at any moment leaves it whole or not there at all.

    Parameters
    ----------
    run_dir : Path
        Held by directory.exclusive.
    recipe, step, progress, provenance
        What its manifest tells; see manifest.seal.
    save : callable
        Writes the variables with the prefix that it is given.

    Raises
    ------
    InputError
        If the disk doesn't take it, and the checkpoints before are intact; or if the directory is another one now.
    """
    directory.check_hold(run_dir)
    folder = run_dir / directory.folder_name(step)
    temporary = run_dir / f"{files.TEMPORARY}{folder.name}"
    try:
        if there := _verified(folder):  # a run that continued here and ends here: its variables are these
            files.write(folder / manifest.NAME, manifest.seal(recipe, step, progress, provenance, there.manifest.files))
        else:
            files.make_folder(temporary)
            save(str(temporary / "model"))
            described = {path.name: _describe(path) for path in sorted(temporary.iterdir())}
            files.create(temporary / manifest.NAME, manifest.seal(recipe, step, progress, provenance, described))
            for path in [*temporary.iterdir(), temporary]:
                files.sync(path)
            files.remove(folder)  # if there is one, it is damaged
            files.move(temporary, folder)
        prune(run_dir, progress.history)
    except (OSError, tf.errors.OpError) as error:
        with suppress(OSError):
            files.remove(temporary)  # what it takes up may be just what is missing
        raise InputError(
            f"the checkpoint of step {step:,} couldn't be written to {run_dir} ({_reason(error)}); "
            "those before it are intact, and the same command continues from the newest"
        ) from error


def prune(run_dir: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write TensorFlow's state file, then remove old checkpoints: what a killed process may have left to do.

    The newest valid ones stay, and the best; damaged ones count for nothing, and go when enough are newer.
    """
    directory.check_hold(run_dir)
    # The last row can be of a part of an epoch, and goes when the run is continued: the best without it stays too.
    rows = [best_epoch(history), best_epoch(history[:-1])]
    best_names = {directory.folder_name(row["step"]) for row in rows if row}
    valid: list[Path] = []
    old: list[Path] = []
    for folder in directory.checkpoint_folders(run_dir):
        wanted = len(valid) < KEPT or folder.name in best_names
        if not wanted:
            old.append(folder)
        elif _verified(folder):
            valid.append(folder)
    if not valid:
        return  # a disk that loses what was just written: nothing is removed, and there is nothing to name
    names = [f"{folder.name}/model" for folder in reversed(valid)]  # relative: the directory can be moved
    lines = [f'model_checkpoint_path: "{names[-1]}"', *(f'all_model_checkpoint_paths: "{name}"' for name in names)]
    files.write(run_dir / directory.STATE_FILE, ("\n".join(lines) + "\n").encode())
    for folder in old:
        files.remove(folder)


def newest(run_dir: Path, report: Report = QUIET) -> Checkpoint | None:
    """The newest valid checkpoint, or None if the directory holds no checkpoint at all.

    Damaged ones are passed over, each told to `report` in one sentence. Raises InputError if all are.
    """
    folders = directory.checkpoint_folders(run_dir)
    for folder in folders:
        try:
            return verify(folder)
        except InputError as error:
            report.note(f"passed over: {error}")
    if folders:
        raise InputError(f"{run_dir} holds {len(folders)} checkpoints, none can be used; train --restart begins again")
    return None


def existing_recipe(run_dir: Path, *, lenient: bool = False) -> Recipe | None:
    """The recipe of the run that is in a directory, or None if there is none.

    Raises InputError if all its checkpoints are damaged, unless `lenient`, because the run is to be removed.
    """
    try:
        latest = newest(run_dir)
    except InputError:
        if lenient:
            return None
        raise
    return latest.recipe if latest else None


def best_epoch(history: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The row with the best validation accuracy, of equals the one with the lowest loss; None before the first."""
    return max(history, key=lambda row: (row["validation_accuracy"], -row["validation_loss"]), default=None)


def best(run_dir: Path, report: Report = QUIET) -> Checkpoint:
    """The best checkpoint by validation; if it is damaged, or no epoch has ended yet, the newest valid one.

    In one cycle of the learning rate it is the newest: the last steps, the smallest ones, are the best on
    average, and the highest of many accuracies that differ by a few images is a matter of luck.
    """
    latest = newest(run_dir, report)
    if latest is None:
        raise InputError(f"{run_dir} holds no checkpoint; python -m lenet_tf1.train makes one")
    row = best_epoch(latest.history)
    if row is None or row["step"] == latest.step or latest.recipe.schedule == "one-cycle":
        return latest
    try:
        return verify(run_dir / directory.folder_name(row["step"]))
    except InputError as error:
        report.note(f"passed over: {error}")
        return latest


def verify(folder: Path) -> Checkpoint:
    """The checkpoint in the folder. Raises InputError unless every byte is what its manifest says.

    Files that the manifest doesn't know are nobody's business.
    """
    checkpoint = Checkpoint(folder, manifest.read(folder))
    try:
        for name, described in checkpoint.manifest.files.items():
            if not _is_as_described(folder / name, described):
                raise InputError(f"{folder} is damaged: {name} is not what its manifest says")
    except OSError as error:
        raise InputError(f"{folder} can't be read ({error.strerror or error})") from error
    return checkpoint


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # TensorFlow says "FILE; reason" in the line before the one that names the node.
    message = getattr(error, "message", str(error))
    found = re.search(r"([^\n;]*)\n\s*\[\[", message)
    return found[1].strip() if found else next(iter(message.splitlines()), type(error).__name__)


def _describe(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    _update(digest, path)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _update(digest: "hashlib._Hash", path: Path) -> None:
    with files.open_regular(path, _LARGEST_FILE) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)


def _is_as_described(path: Path, described: Mapping[str, Any]) -> bool:
    # The size first: whatever took the file's place may be endless.
    return path.is_file() and path.stat().st_size == described["bytes"] and _describe(path) == described


def _verified(folder: Path) -> Checkpoint | None:
    try:
        return verify(folder)
    except InputError:
        return None
