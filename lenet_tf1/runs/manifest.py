"""A checkpoint's manifest: JSON that vouches for the checkpoint's bytes and has all that continuing needs.

Its `format` is a whole number: 1 is lenet_tf1 0.1.0's, which had none; later versions read earlier formats.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import Recipe

FORMAT = 2
NAME = "manifest.json"
_LARGEST = 16 << 20  # bytes
_MOST_STEPS = 10**15
_ROW = ("epoch", "step", "validation_loss", "validation_accuracy")  # what is needed of a row of the history


@dataclass
class Progress:
    """What a resumed training has to know besides its variables.

    Attributes
    ----------
    loss_sum : float
        Of the steps in this epoch so far.
    correct, images : int
        Images in this epoch so far that were classified as what they are, as training sees them; and all of a class.
    step_seconds, seconds : float
        Spent in steps, and in all, by the whole run.
    history : list of dict
        One dict an epoch, the rows of metrics.csv.
    """

    loss_sum: float = 0.0
    correct: int = 0
    images: int = 0
    step_seconds: float = 0.0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read, of types and ranges as training writes them.

    Attributes
    ----------
    recipe : Recipe
        What the checkpoint is of.
    step : int
        How many updates were made.
    progress : Progress
        The state to continue from.
    data : str or None
        SHA-256 of all that training looks at.
    versions, machine : dict
        As base.machine.provenance tells them.
    files : dict
        Of file name -> {"bytes": int, "sha256": str}.
    """

    recipe: Recipe
    step: int
    progress: Progress
    data: str | None
    versions: dict[str, Any]
    machine: dict[str, Any]
    files: dict[str, dict[str, Any]]


def seal(
    recipe: Recipe, step: int, progress: Progress, provenance: Mapping[str, Any], described: Mapping[str, Any]
) -> bytes:
    """The bytes of a manifest; `provenance` is what is noted besides: data, versions, machine."""
    content = {"format": FORMAT, "recipe": recipe.to_json(), **provenance, "step": step, "state": asdict(progress)}
    return sign(content | {"files": described})


def sign(content: Mapping[str, Any]) -> bytes:
    """JSON with a digest of its own, so that a change of any byte is seen."""
    return json.dumps({**content, "sha256": _digest(content)}, indent=1).encode()


def read(folder: Path) -> Manifest:
    """The manifest of a checkpoint's folder.

    Raises
    ------
    InputError
        If there is none, if it is not what was written, or if a later version of lenet_tf1 wrote it.
    """
    path = folder / NAME
    try:
        content = json.loads(files.read_regular(path, _LARGEST))
        digest = content.pop("sha256")
        if digest != _digest(content):
            raise InputError(f"{folder} is damaged: its manifest is not what was written")
    except OSError as error:
        raise InputError(f"{folder} is damaged: it has no manifest that can be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{folder} has no manifest that can be read ({type(error).__name__})") from error
    written = content.get("format", 1)
    if not _is_count(written) or written > FORMAT:
        version = content.get("versions") if isinstance(content.get("versions"), dict) else {}
        raise InputError(
            f"{folder} was written by a later version of lenet_tf1 ({version.get('lenet_tf1', 'unknown')!s:.20}); "
            "this one can't read it"
        )
    try:
        return _checked(content)
    except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{folder} was not written by this version of lenet_tf1 ({_reason(error)})") from error


def _checked(content: dict[str, Any]) -> Manifest:
    recipe = Recipe.from_json(content["recipe"])
    missing = {field.name for field in fields(Progress)} - content["state"].keys()
    if missing:
        raise KeyError(", ".join(sorted(missing)))
    progress = Progress(**content["state"])
    step, described = content["step"], content["files"]
    for name, is_right in (
        ("step", _is_count(step)),
        ("state", _is_progress(progress) and _is_count(step) and _is_history(progress.history, step)),
        ("files", _are_files(described)),
        ("data", isinstance(content.get("data", ""), str)),
    ):
        if not is_right:
            raise ValueError(f"its {name} can't be so")
    notes = {name: content.get(name, {}) for name in ("versions", "machine")}
    if not all(isinstance(note, dict) for note in notes.values()):
        raise ValueError("its provenance can't be so")
    return Manifest(recipe, step, progress, content.get("data"), **notes, files=described)


def _is_progress(progress: Progress) -> bool:
    return (
        all(map(_is_number, (progress.loss_sum, progress.step_seconds, progress.seconds)))
        and all(map(_is_count, (progress.correct, progress.images)))
        and isinstance(progress.history, list)
        and all(isinstance(row, dict) and _is_row(row) for row in progress.history)
    )


def _is_history(history: list[dict[str, Any]], last: int) -> bool:
    # Rows of one table, each of a later step than the one before, none of a later one than the checkpoint's.
    steps = [row["step"] for row in history]
    return all(row.keys() == history[0].keys() for row in history) and all(
        before < after for before, after in itertools.pairwise([0, *steps, last + 1])
    )


def _is_row(row: dict[str, Any]) -> bool:
    # Losses may be anything that a float can be: a learning rate that is too high makes them so.
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in row.values())
    return numbers and set(_ROW) <= row.keys() and _is_count(row["step"]) and _is_count(row["epoch"])


def _are_files(described: Any) -> bool:
    return (
        isinstance(described, dict)
        and "model.index" in described
        and all(name == Path(name).name and name for name in described)
        and all(_is_count(f["bytes"]) and isinstance(f["sha256"], str) for f in described.values())
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_STEPS


def _reason(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
