"""A network written for another runtime, and run there at once beside the Session."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet_tf1.base import console, files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    import numpy as np

    from lenet_tf1.convert.graph import InferenceGraph
    from lenet_tf1.convert.runtimes import Run
    from lenet_tf1.convert.writers import Writer

FORMATS = ("saved_model", "frozen", "onnx", "tflite", "meta", "html")
RUNTIMES = {
    "saved_model": "TensorFlow 2",
    "frozen": "TensorFlow 2",
    "onnx": "ONNX Runtime",
    "tflite": "LiteRT",
    "meta": "a Session",
    "html": "NumPy with the file's weights",
}
CHECKED, CALIBRATING = 1000, 500  # images: of the test set, and for training
_BATCH = 100
_MOST_DIFFERENCE = 1e-3  # of a probability in float32, beyond which something is wrong,
_MOST_IN_HALF = 0.01  # and with weights in half precision, of an image that the network isn't sure of


@dataclass(frozen=True)
class Exported:
    """What came out of an export.

    Attributes
    ----------
    paths : list of Path
        What was written.
    size : int
        In bytes, all together.
    images : int
        How many of the test set both have classified.
    same : int
        How many of them are of the same class for both.
    difference : float
        The largest of a probability.
    accuracy, session_accuracy : float
        In 0..1.
    speed, session_speed : float
        Images a second, in batches of 100.
    """

    paths: list[Path]
    size: int
    images: int
    same: int
    difference: float
    accuracy: float
    session_accuracy: float
    speed: float
    session_speed: float


class _Answer(NamedTuple):
    probabilities: "np.ndarray"
    classes: "np.ndarray"
    speed: float


def export(
    run: str | os.PathLike[str],
    format: str,
    out: str | os.PathLike[str],
    *,
    int8: bool = False,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    report: Report = QUIET,
) -> Exported:
    """Write the network of a run directory or a checkpoint in another format, once it runs there as it does here.

    Parameters
    ----------
    run : path
    format : str
        One of FORMATS.
    out : path
        A file, for saved_model a folder, for meta what three names begin with. It must not be there yet, and is
        there whole or not at all.
    int8 : bool
        Whether a tflite computes in int8, with scales from training images.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    dataset, data_dir : str, optional
        In place of the recipe's, to check with and to calibrate on.
    report : Report
        Takes what is noted besides.

    Raises
    ------
    InputError
        If there is nothing to export, if what is needed isn't installed, if `out` can't be written, or if the other
        runtime doesn't say what the Session says.
    """
    if format not in FORMATS:
        raise InputError(f"there is no format {format}; there are {', '.join(FORMATS)}")
    if int8 and format != "tflite":
        raise InputError("int8 is a way to write a tflite; leave --int8 out, or say --format tflite")
    out = Path(out)
    _check_place(out, format)
    from lenet_tf1.convert.graph import inference_graph
    from lenet_tf1.inference.frozen import read_from

    asked = None if recipe is None else find_recipe(recipe)
    graph = read_from(inference_graph, run, asked, report)
    images, labels, calibration = _pictures(graph.recipe, dataset, data_dir, report)
    write, open_with = _tools(format, calibration if int8 else None)
    temporary = out.with_name(files.TEMPORARY + out.name)
    try:
        files.make_folder(temporary)
        with console.stderr_held_back():
            there, here = _write_and_run(graph, write, open_with, temporary / out.name, images)
        exported = _compared(there, here, labels, temporary, out)
        if exported.difference > (_MOST_IN_HALF if format == "html" else _MOST_DIFFERENCE) and not int8:
            raise InputError(
                f"{RUNTIMES[format]} says something else than the Session (by {exported.difference:.2g}): "
                f"{out} isn't written"
            )
        _move(temporary, out)
    except OSError as error:
        raise InputError(f"{out} can't be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return exported


def _check_place(out: Path, format: str) -> None:
    files.check_name(out)
    ends = ("", ".meta", ".index", ".data-00000-of-00001") if format == "meta" else ("",)
    for place in (out.parent / f"{out.name}{end}" for end in ends):
        if place.exists():
            raise InputError(f"{place} is there already: remove it, or choose another --out")
    if not out.parent.is_dir():
        raise InputError(f"there is no folder {out.parent} to write {out.name} into")


def _tools(format: str, calibration: "np.ndarray | None") -> "tuple[Writer, Callable[[Path], Run]]":
    from lenet_tf1.convert import html, runtimes, writers

    tools: dict[str, tuple[Writer, Callable[[Path], Run]]] = {
        "saved_model": (writers.write_saved_model, runtimes.saved_model),
        "frozen": (writers.write_frozen, runtimes.frozen_graph),
        "onnx": (writers.write_onnx, runtimes.onnx),
        "tflite": (writers.write_tflite, runtimes.lite),
        "meta": (writers.write_meta, runtimes.meta_graph),
        "html": (html.write_html, runtimes.html),
    }
    write, open_with = tools[format]
    return (write if calibration is None else writers.int8_writer(calibration)), open_with


def _pictures(
    recipe: Recipe, dataset: str | None, data_dir: str | None, report: Report
) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    # Test images with their labels, and training images, as the graph takes them.
    from lenet_tf1.data.batches import as_input
    from lenet_tf1.data.datasets import load

    data = load(
        dataset or recipe.dataset,
        classes=recipe.classes,
        data_dir=data_dir or recipe.data_dir,
        wanted=["test"],
        report=report,
    )
    test, train = data.test.labelled[:CHECKED], data.train[:CALIBRATING]
    images, calibration = (as_input(split.images).reshape(-1, 28, 28, 1) for split in (test, train))
    return images, test.labels, calibration


def _write_and_run(
    graph: "InferenceGraph", write: "Writer", open_with: "Callable[[Path], Run]", path: Path, images: "np.ndarray"
) -> tuple[_Answer, _Answer]:
    import tensorflow.compat.v1 as tf

    from lenet_tf1.convert.runtimes import session_of

    try:
        write(graph, path)
    except tf.errors.OpError as error:
        raise OSError(None, error.message.splitlines()[0]) from error
    return _run(open_with(path), images), _run(session_of(graph), images)


def _run(run: "Run", images: "np.ndarray") -> _Answer:
    import numpy as np

    run(images[:_BATCH])  # the first one takes longer
    start = time.perf_counter()
    answers = [run(images[i : i + _BATCH]) for i in range(0, len(images), _BATCH)]
    seconds = time.perf_counter() - start
    probabilities, classes = (np.concatenate(parts) for parts in zip(*answers, strict=True))
    return _Answer(probabilities, classes, len(images) / seconds)


def _compared(there: _Answer, here: _Answer, labels: "np.ndarray", temporary: Path, out: Path) -> Exported:
    import numpy as np

    written = [path for path in temporary.rglob("*") if path.is_file()]
    difference = np.abs(there.probabilities - here.probabilities).max()
    return Exported(
        paths=[out.with_name(path.name) for path in sorted(temporary.iterdir())],
        size=sum(path.stat().st_size for path in written),
        images=len(labels),
        same=int((there.classes == here.classes).sum()),
        difference=float(difference if np.isfinite(difference) else np.inf),
        accuracy=float((there.classes == labels).mean()),
        session_accuracy=float((here.classes == labels).mean()),
        speed=there.speed,
        session_speed=here.speed,
    )


def _move(temporary: Path, out: Path) -> None:
    # Of several files the one that people name comes last.
    for path in sorted(temporary.rglob("*")):
        files.sync(path)
    for path in sorted(temporary.iterdir(), key=lambda path: path.suffix == ".meta"):
        files.move(path, out.with_name(path.name))
