"""How a checkpoint is committed, verified, found and restored. A checkpoint is data: graphs come from code.

It is a folder of a run directory (see rundir.py) that holds TensorFlow's files and a manifest, which
vouches for their bytes and has all that continuing needs.
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import tensorflow.compat.v1 as tf

from lenet_tf1 import files, foreign, rundir
from lenet_tf1.errors import InputError
from lenet_tf1.recipes import Recipe

KEPT = 3  # newest valid checkpoints that pruning leaves, besides the best
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 << 20  # bytes
_ROW = {"epoch", "step", "validation_loss", "validation_accuracy"}  # what is asked of a row of the history


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: every file was there with the size and SHA-256 that its manifest says."""

    folder: Path
    manifest: dict

    @property
    def prefix(self):
        """What a Saver restores from."""
        return str(self.folder / "model")

    def restore(self, session, variables):
        """Restore the variables by name; what else the checkpoint holds, such as Adam's slots, is left alone."""
        try:
            tf.train.Saver(variables).restore(session, self.prefix)
        except tf.errors.OpError as error:  # its bytes are right, so the code has changed since
            raise InputError(
                f"{self.folder} was written by another version ({error.message.splitlines()[0]})"
            ) from error

    @property
    def recipe(self):
        """The Recipe it was trained with."""
        return Recipe.from_json(self.manifest["recipe"])

    @property
    def step(self):
        """How many updates were made."""
        return self.manifest["step"]

    @property
    def history(self):
        """One dict an epoch: the rows of metrics.csv up to here."""
        return self.manifest["state"]["history"]


@dataclass(frozen=True)
class ForeignCheckpoint:
    """A checkpoint that another program wrote: nothing vouches for its bytes, and its recipe had to be told."""

    prefix: str
    recipe: Recipe

    def restore(self, session, variables):
        """Restore the variables by name. Raises InputError that names each one that is missing or of another shape."""
        shapes = {variable.op.name: variable.shape.as_list() for variable in variables}
        arrays = foreign.read(self.prefix, shapes)
        values = {variable.initial_value: arrays[variable.op.name] for variable in variables}
        session.run([variable.initializer for variable in variables], values)


def commit(run_dir, *, step, state, facts, save):
    """Write the checkpoint of `step` so that a crash at any moment leaves it whole or not there at all.

    Parameters: `state` and `facts` dicts of JSON's types, kept in the manifest; `save(prefix)` writes
    the variables. Raises InputError if the disk doesn't take it; the checkpoints before are intact.
    """
    folder = run_dir / rundir.folder_name(step)
    temporary = run_dir / f"{files.TEMPORARY}{folder.name}"
    manifest = facts | {"step": step, "state": state}
    try:
        if there := _verified(folder):  # a run that continued here and ends here: its variables are these
            manifest["files"] = there.manifest["files"]
            files.write(folder / _MANIFEST, _seal(manifest))
        else:
            files.make_folder(temporary)
            save(str(temporary / "model"))
            manifest["files"] = {path.name: _describe(path) for path in sorted(temporary.iterdir())}
            files.create(temporary / _MANIFEST, _seal(manifest))
            for path in [*temporary.iterdir(), temporary]:
                files.sync(path)
            files.remove(folder)  # if there is one, it is damaged
            files.move(temporary, folder)
        tidy(run_dir, state["history"])
    except (OSError, tf.errors.OpError) as error:
        with suppress(OSError):
            files.remove(temporary)  # what it takes up may be just what is missing
        raise InputError(
            f"the checkpoint of step {step:,} couldn't be written to {run_dir} ({_reason(error)}); "
            "those before it are intact, and the same command continues from the newest"
        ) from error


def tidy(run_dir, history):
    """Write TensorFlow's state file, then remove old checkpoints: what a killed process may have left to do.

    The newest valid ones stay, and the best; damaged ones count for nothing, and go when enough are newer.
    """
    # The last row can be of a part of an epoch, and goes when the run is continued: the best without it stays too.
    rows = [best_epoch(history), best_epoch(history[:-1])]
    best_names = {rundir.folder_name(row["step"]) for row in rows if row}
    valid, old = [], []
    for folder in rundir.checkpoint_folders(run_dir):
        wanted = len(valid) < KEPT or folder.name in best_names
        if not wanted:
            old.append(folder)
        elif _verified(folder):
            valid.append(folder)
    names = [f"{folder.name}/model" for folder in reversed(valid)]  # relative: the directory can be moved
    lines = [f'model_checkpoint_path: "{names[-1]}"', *(f'all_model_checkpoint_paths: "{name}"' for name in names)]
    files.write(run_dir / "checkpoint", ("\n".join(lines) + "\n").encode())
    for folder in old:
        files.remove(folder)


def newest(run_dir, report=lambda sentence: None):
    """The newest valid checkpoint, or None if the directory holds no checkpoint at all.

    Damaged ones are passed over, each told to `report` in one sentence. Raises InputError if all are.
    """
    folders = rundir.checkpoint_folders(run_dir)
    for folder in folders:
        try:
            return verify(folder)
        except InputError as error:
            report(f"passed over: {error}")
    if folders:
        raise InputError(f"{run_dir} holds {len(folders)} checkpoints, none can be used; train --restart begins again")
    return None


def best_epoch(history):
    """The row with the best validation accuracy, of equals the one with the lowest loss; None before the first."""
    return max(history, key=lambda row: (row["validation_accuracy"], -row["validation_loss"]), default=None)


def best(run_dir, report=lambda sentence: None):
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
        return verify(run_dir / rundir.folder_name(row["step"]))
    except InputError as error:
        report(f"passed over: {error}")
        return latest


def verify(folder):
    """The checkpoint in the folder. Raises InputError unless every byte is what its manifest says.

    Files that the manifest doesn't know are nobody's business.
    """
    path = folder / _MANIFEST
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_MANIFEST:
            raise InputError(f"{folder} is damaged: it has no manifest")
        manifest = json.loads(path.read_bytes())
        digest = manifest.pop("sha256")
        if digest != _digest(manifest):
            raise InputError(f"{folder} is damaged: its manifest is not what was written")
        for name, described in manifest["files"].items():
            if not _is_as_described(folder / name, described):
                raise InputError(f"{folder} is damaged: {name} is not what its manifest says")
        checkpoint = Checkpoint(folder, manifest)
        complete = checkpoint.step >= 0 and checkpoint.recipe and all(row.keys() >= _ROW for row in checkpoint.history)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{folder} has no manifest that can be read ({type(error).__name__})") from error
    if not complete or "model.index" not in manifest["files"]:
        raise InputError(f"{folder} was not written by this version of lenet_tf1")
    return checkpoint


def find(path, recipe, report=lambda sentence: None):
    """What to restore for a path that a person gave: a run directory, a checkpoint's folder or its prefix.

    A checkpoint that lenet_tf1 wrote knows its recipe; for one of another program `recipe` is needed.

    Returns a Checkpoint or ForeignCheckpoint. Raises InputError if there is nothing to restore.
    """
    files.check_name(path)
    path = Path(path)
    own = path if (path / _MANIFEST).is_file() else path.parent
    if rundir.checkpoint_folders(path):
        checkpoint = best(path, report)
    elif rundir.is_checkpoint_folder(own) and (own == path or path.name.split(".")[0] == "model"):
        checkpoint = verify(own)
    else:
        prefix = _foreign_prefix(path)
        if recipe is None:
            raise InputError(f"{prefix} has no recipe beside it; say which network it is of with --recipe")
        return ForeignCheckpoint(prefix, recipe)
    if recipe is not None and recipe.network != checkpoint.recipe.network:
        raise InputError(f"{path} was trained with the network {checkpoint.recipe.network}, not {recipe.network}")
    return checkpoint


def _reason(error):
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # TensorFlow says "FILE; reason" in the line before the one that names the node.
    found = re.search(r"([^\n;]*)\n\s*\[\[", error.message)
    return found[1].strip() if found else error.message.splitlines()[0]


def _seal(manifest):
    return json.dumps(manifest | {"sha256": _digest(manifest)}, indent=1).encode()


def _digest(manifest):
    return hashlib.sha256(json.dumps(manifest).encode()).hexdigest()


def _describe(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _is_as_described(path, described):
    # The size first: whatever took the file's place may be endless.
    return path.is_file() and path.stat().st_size == described["bytes"] and _describe(path) == described


def _verified(folder):
    try:
        return verify(folder)
    except InputError:
        return None


def _foreign_prefix(path):
    if path.is_dir():
        path = _named_by_state_file(path)
    elif path.suffix in (".index", ".meta") or path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    if not path.with_name(path.name + ".index").is_file():
        raise InputError(f"there is no run directory or checkpoint at {path}; python -m lenet_tf1.train makes one")
    return str(path)


def _named_by_state_file(folder):
    try:
        state = tf.train.get_checkpoint_state(str(folder))
    except (ValueError, tf.errors.OpError) as error:
        raise InputError(f"{folder / 'checkpoint'} is no state file of TensorFlow's") from error
    if state is None:
        raise InputError(f"{folder} holds no checkpoint; python -m lenet_tf1.train makes one")
    # It may name the place where the folder was before it was moved here.
    path = Path(state.model_checkpoint_path)
    return path if path.with_name(path.name + ".index").is_file() else folder / path.name
