"""A run directory: what it holds besides checkpoints, and that one process at a time writes into it.

checkpoints/lenet/
  step-00000859/     one checkpoint: TensorFlow's model.* files and manifest.json
  checkpoint         TensorFlow's own state file, for tf.train.latest_checkpoint
  recipe.json        the recipe, for people; evaluate and the like read the manifest's
  metrics.csv        one row an epoch
  result.json        what came out, once the run is finished
  events.out.tfevents.*, train/ validation/ test/ for TensorBoard
"""

import csv
import errno
import io
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lenet_tf1.base import files, system
from lenet_tf1.base.errors import InputError

PARTS = ("train", "validation", "test")
PROJECTOR = ("embedding.bytes", "metadata.tsv", "sprite.png", "projector_config.pbtxt")
METRICS = {"epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate"}
STATE_FILE = "checkpoint"
LOCK = ".lock"
_LARGEST_METRICS = 16 << 20  # bytes
_LARGEST_RESULT = 1 << 20
_LARGEST_STATE = 1 << 20
_LARGEST_LOCK = 64
_held: dict[Path, tuple[int, int]] = {}  # the run directories that this process holds, and which file each lock is


@contextmanager
def exclusive(run_dir: Path) -> Iterator[None]:
    """Hold the run directory, which is made if it isn't there: one writer at a time.

    Raises
    ------
    InputError
        If another process holds it, which is named; if it can't be written; or if it holds a checkpoint of another
        program, which a run would overwrite.
    """
    files.check_name(run_dir)
    _refuse_strangers(run_dir)
    try:
        files.make_parents(run_dir)
        lock = _open_lock(run_dir / LOCK)
    except OSError as error:
        raise InputError(f"the run directory {run_dir} can't be written ({error.strerror})") from error
    try:
        _hold(lock, run_dir)
        place = run_dir.absolute()
        _held[place] = _identity(os.fstat(lock))
        try:
            check_hold(run_dir)  # it may have been removed a moment ago
            files.remove_temporaries(run_dir)
            yield
        finally:
            del _held[place]
            with suppress(OSError):  # the number of a process that holds it no more is never told
                os.ftruncate(lock, 0)
    finally:
        system.unlock(lock)


def check_hold(run_dir: Path) -> None:
    """Raise InputError if this process holds the run directory, and another one has been made in its place.

    To be asked before every write: who removes a directory that trains and trains there anew would otherwise get a
    mixture of two runs.
    """
    mine = _held.get(run_dir.absolute())
    if mine is None:
        return
    try:
        there = _identity((run_dir / LOCK).lstat())
    except OSError:
        there = None
    if there != mine:
        raise InputError(
            f"{run_dir} was removed or replaced while it was trained: this training ends, and writes nothing"
        )


def folder_name(step: int) -> str:
    """The name of the folder with the checkpoint of `step`."""
    return f"step-{step:08d}"


def is_checkpoint_folder(path: Path) -> bool:
    """Whether the path is a folder that is named as a checkpoint."""
    return path.is_dir() and re.fullmatch(r"step-\d{8,}", path.absolute().name) is not None


def checkpoint_folders(run_dir: Path) -> list[Path]:
    """The folders that are named as checkpoints, the newest first."""
    found = [path for path in run_dir.glob("step-*") if is_checkpoint_folder(path)]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")), reverse=True)


def clear(run_dir: Path) -> None:
    """Remove the run from its directory, and nothing else that somebody keeps there."""
    check_hold(run_dir)
    for name in (STATE_FILE, "recipe.json", "metrics.csv", "result.json"):
        files.remove(run_dir / name)
    for path in checkpoint_folders(run_dir):
        files.remove(path)
    for name in PROJECTOR:
        files.remove(run_dir / "test" / name)
    for folder in (run_dir, *(run_dir / part for part in PARTS)):
        for path in folder.glob("events.out.tfevents.*"):
            files.remove(path)
    for folder in (run_dir / part for part in PARTS):
        with suppress(OSError):  # there is none, or it holds something of somebody's
            folder.rmdir()


def read_state(run_dir: Path) -> bytes:
    """TensorFlow's state file; nothing if there is none. Raises OSError if it is no file, or too large for one."""
    try:
        return files.read_regular(run_dir / STATE_FILE, _LARGEST_STATE)
    except (FileNotFoundError, NotADirectoryError):
        return b""


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a dict into a run directory so that people can read it too."""
    check_hold(path.parent)
    files.write(path, json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def read_result(run_dir: Path) -> dict[str, Any] | None:
    """What result.json holds; None if it isn't there yet or is damaged: it can be measured again."""
    try:
        result = json.loads(files.read_regular(run_dir / "result.json", _LARGEST_RESULT))
    except (OSError, ValueError, RecursionError):
        return None
    return result if isinstance(result, dict) else None


def write_metrics(run_dir: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write metrics.csv anew: the history in the checkpoint is the original, so no row is lost or doubled."""
    check_hold(run_dir)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    files.write(run_dir / "metrics.csv", text.getvalue().encode())


def read_metrics(run_dir: Path) -> list[dict[str, float]]:
    """The rows of a run's metrics.csv as dicts of numbers. Raises InputError if there are none."""
    path = run_dir / "metrics.csv"
    try:
        text = files.read_regular(path, _LARGEST_METRICS).decode()
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        rows = [{name: float(value) for name, value in row.items()} for row in table]
        complete = bool(rows) and all(row.keys() >= METRICS for row in rows)
        complete = complete and not any(abs(value) > 1e30 for row in rows for value in row.values())
    except FileNotFoundError:
        raise InputError(f"{run_dir} has no metrics.csv; a run writes it after its first epoch") from None
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{path} can't be read ({getattr(error, 'strerror', None) or error})") from error
    if not complete:
        raise InputError(f"{path} is not what training wrote")
    return rows


def _refuse_strangers(run_dir: Path) -> None:
    # A TensorFlow checkpoint of another program: its state file has the name of ours.
    if checkpoint_folders(run_dir):
        return
    try:
        state = read_state(run_dir)
        theirs = [path.name for path in run_dir.glob("*.index")]
    except OSError as error:
        raise InputError(f"the run directory {run_dir} can't be read ({error.strerror})") from error
    if theirs or (state and not re.search(rb'"step-\d{8,}/model"', state)):
        raise InputError(
            f"{run_dir} holds a checkpoint of another program ({theirs[0] if theirs else STATE_FILE}), which a run "
            "would overwrite: choose another --run-dir"
        )


def _open_lock(path: Path) -> int:
    # A file of our own, which may not be there yet. What is behind another name, or larger, is somebody's.
    lock = files.open_own(path)
    about = os.fstat(lock)
    if stat.S_ISREG(about.st_mode) and about.st_nlink <= 1 and about.st_size <= _LARGEST_LOCK:
        return lock
    os.close(lock)
    raise OSError(errno.EEXIST, f"its {LOCK} is not a lock of lenet_tf1's", str(path))


def _hold(lock: int, run_dir: Path) -> None:
    try:
        if system.lock(lock):
            os.ftruncate(lock, 0)
            os.lseek(lock, 0, os.SEEK_SET)
            os.write(lock, f"{os.getpid()}\n".encode())
            return
    except OSError as error:
        raise InputError(f"the run directory {run_dir} can't be written ({error.strerror})") from error
    raise InputError(f"{run_dir} is being trained by process {_holder(lock)}; choose another --run-dir")


def _identity(about: os.stat_result) -> tuple[int, int]:
    return about.st_dev, about.st_ino


def _holder(lock: int) -> str:
    for _ in range(50):  # it may have locked the file a moment ago, and write its number in the next
        os.lseek(lock, 0, os.SEEK_SET)
        if (holder := os.read(lock, 20).strip()).isdigit():
            return holder.decode()
        time.sleep(0.01)
    return "unknown"
