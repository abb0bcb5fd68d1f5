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
import fcntl
import io
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError

PARTS = ("train", "validation", "test")
PROJECTOR = ("embedding.bytes", "metadata.tsv", "sprite.png", "projector_config.pbtxt")
METRICS = {"epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate"}
STATE_FILE = "checkpoint"
_LARGEST_METRICS = 16 << 20  # letters
_LARGEST_RESULT = 1 << 20  # bytes


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
        lock = open(run_dir / ".lock", "a+", encoding="utf-8")  # noqa: SIM115 (closed by the `with` below)
    except OSError as error:
        raise InputError(f"the run directory {run_dir} can't be written ({error.strerror})") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"{run_dir} is being trained by process {_holder(lock)}; choose another --run-dir"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        files.remove_temporaries(run_dir)
        try:
            yield
        finally:
            lock.truncate(0)


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


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a dict so that people can read it too."""
    files.write(path, json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def read_result(run_dir: Path) -> dict[str, Any] | None:
    """What result.json holds; None if it isn't there yet or is damaged: it can be measured again."""
    path = run_dir / "result.json"
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_RESULT:
            return None
        result = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return result if isinstance(result, dict) else None


def write_metrics(run_dir: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write metrics.csv anew: the history in the checkpoint is the original, so no row is lost or doubled."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    files.write(run_dir / "metrics.csv", text.getvalue().encode())


def read_metrics(run_dir: Path) -> list[dict[str, float]]:
    """The rows of a run's metrics.csv as dicts of numbers. Raises InputError if there are none."""
    path = run_dir / "metrics.csv"
    try:
        if not path.is_file():
            raise InputError(f"{run_dir} has no metrics.csv; a run writes it after its first epoch")
        with path.open(encoding="utf-8") as file:
            table = list(csv.DictReader(io.StringIO(file.read(_LARGEST_METRICS))))
        rows = [{name: float(value) for name, value in row.items()} for row in table]
        complete = bool(rows) and all(row.keys() >= METRICS for row in rows)
        complete = complete and not any(abs(value) > 1e30 for row in rows for value in row.values())
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{path} can't be read ({error})") from error
    if not complete:
        raise InputError(f"{path} is not what training wrote")
    return rows


def _refuse_strangers(run_dir: Path) -> None:
    # A TensorFlow checkpoint of another program: its state file has the name of ours.
    if checkpoint_folders(run_dir):
        return
    try:
        state = (run_dir / STATE_FILE).read_bytes()[: 1 << 16] if (run_dir / STATE_FILE).is_file() else b""
        theirs = [path.name for path in run_dir.glob("*.index")]
    except OSError as error:
        raise InputError(f"the run directory {run_dir} can't be read ({error.strerror})") from error
    if theirs or (state and not re.search(rb'"step-\d{8,}/model"', state)):
        raise InputError(
            f"{run_dir} holds a checkpoint of another program ({theirs[0] if theirs else STATE_FILE}), which a run "
            "would overwrite: choose another --run-dir"
        )


def _holder(lock: TextIO) -> str:
    for _ in range(50):  # it may have locked the file a moment ago, and write its number in the next
        lock.seek(0)
        if holder := lock.read(20).strip():
            return holder
        time.sleep(0.01)
    return "unknown"
