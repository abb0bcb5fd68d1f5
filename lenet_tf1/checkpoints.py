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

from lenet_tf1 import files, foreign
from lenet_tf1.errors import InputError
from lenet_tf1.recipes import Recipe

KEPT = 3  # newest valid checkpoints that pruning leaves, besides the best
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 << 20  # bytes


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
    temporary = run_dir / f"{files.TEMPORARY}{_folder_name(step)}"
    try:
        files.make_folder(temporary)
        save(str(temporary / "model"))
        manifest = facts | {"step": step, "state": state, "files": _describe(temporary)}
        manifest["sha256"] = _digest_json(manifest)
        files.create(temporary / _MANIFEST, _json_bytes(manifest))
        for path in [*temporary.iterdir(), temporary]:
            files.sync(path)
        folder = run_dir / _folder_name(step)
        files.remove(folder)  # a damaged one: a valid one would have been resumed from
        files.move(temporary, folder)
        kept = _kept(run_dir, state["history"])
        _write_state_file(run_dir, kept)
        for old in set(_folders(run_dir)) - set(kept):
            files.remove(old)
    except (OSError, tf.errors.OpError) as error:
        with suppress(OSError):
            files.remove(temporary)  # what it takes up may be just what is missing
        raise InputError(
            f"the checkpoint of step {step:,} couldn't be written to {run_dir} ({_reason(error)}); "
            "those before it are intact, and the same command continues from the newest"
        ) from error


def newest(run_dir, report=lambda sentence: None):
    """The newest valid checkpoint, or None if the directory holds no checkpoint at all.

    Damaged ones are passed over, each told to `report` in one sentence. Raises InputError if all are.
    """
    folders = _folders(run_dir)
    for folder in folders:
        try:
            return verify(folder)
        except InputError as error:
            report(f"passed over: {error}")
    if folders:
        raise InputError(
            f"{run_dir} holds {len(folders)} checkpoints, all damaged; --restart begins again from nothing"
        )
    return None


def best_epoch(history):
    """The row with the best validation accuracy, of equals the one with the lowest loss; None before the first."""
    return max(history, key=lambda row: (row["validation_accuracy"], -row["validation_loss"]), default=None)


def best(run_dir, report=lambda sentence: None):
    """The best checkpoint by validation; if it is damaged, or no epoch has ended yet, the newest valid one."""
    latest = newest(run_dir, report)
    if latest is None:
        raise InputError(f"{run_dir} holds no checkpoint; python -m lenet_tf1.train makes one")
    row = best_epoch(latest.history)
    if row is None or row["step"] == latest.step:
        return latest
    try:
        return verify(run_dir / _folder_name(row["step"]))
    except InputError as error:
        report(f"passed over: {error}")
        return latest


def verify(folder):
    """The checkpoint in the folder. Raises InputError unless every byte is what its manifest says."""
    path = folder / _MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise InputError(f"{path} is too large to be a manifest")
        manifest = json.loads(path.read_bytes())
        digest = manifest.pop("sha256")
        intact = digest == _digest_json(manifest) and manifest["files"] == _describe(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{folder} has no readable manifest ({type(error).__name__})") from error
    if not intact:
        raise InputError(f"{folder} is damaged: its files are not what its manifest says")
    return Checkpoint(folder, manifest)


def find(path, recipe, report=lambda sentence: None):
    """What to restore for a path that a person gave: a run directory, a checkpoint's folder or its prefix.

    A checkpoint that lenet_tf1 wrote knows its recipe; for one of another program `recipe` is needed.

    Returns a Checkpoint or ForeignCheckpoint. Raises InputError if there is nothing to restore.
    """
    path = Path(path)
    if (path / _MANIFEST).is_file() or (path.parent / _MANIFEST).is_file():
        checkpoint = verify(path if path.is_dir() else path.parent)
    elif _folders(path):
        checkpoint = best(path, report)
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


def _folder_name(step):
    return f"step-{step:08d}"


def _folders(run_dir):
    return sorted(run_dir.glob("step-*"), reverse=True)  # newest first


def _describe(folder):
    return {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
        if path.name != _MANIFEST
    }


def _json_bytes(content):
    return json.dumps(content, indent=1).encode()


def _digest_json(content):
    return hashlib.sha256(_json_bytes(content)).hexdigest()


def _write_state_file(run_dir, folders):
    # Relative paths, so that the directory can be moved.
    names = [f"{folder.name}/model" for folder in reversed(folders)]  # oldest first
    lines = [f'model_checkpoint_path: "{names[-1]}"', *(f'all_model_checkpoint_paths: "{name}"' for name in names)]
    files.write(run_dir / "checkpoint", ("\n".join(lines) + "\n").encode())


def _kept(run_dir, history):
    # The newest valid ones and the best; damaged ones count as nothing, and go when enough valid ones are newer.
    row = best_epoch(history)
    kept, valid = [], 0
    for folder in _folders(run_dir):
        if valid < KEPT:
            kept.append(folder)
            valid += _is_valid(folder)
        elif row and folder.name == _folder_name(row["step"]):
            kept.append(folder)
    return kept


def _is_valid(folder):
    try:
        return bool(verify(folder))
    except InputError:
        return False


def _foreign_prefix(path):
    if path.is_dir():
        # The state file may name the place where the folder was before it was moved here.
        state = tf.train.get_checkpoint_state(str(path))
        if state is None:
            raise InputError(f"{path} holds no checkpoint; python -m lenet_tf1.train makes one")
        path = path / Path(state.model_checkpoint_path).name
    elif path.suffix in (".index", ".meta") or path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    if not path.with_name(path.name + ".index").is_file():
        raise InputError(f"there is no run directory or checkpoint at {path}; python -m lenet_tf1.train makes one")
    return str(path)
