"""What TensorBoard shows of a run: the graph, the curves, and what single steps cost."""

import errno
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary as hparams
from tensorboard.plugins.pr_curve import summary as pr_curve
from tensorflow.core.util import event_pb2

from lenet_tf1.base import files
from lenet_tf1.base.report import Report
from lenet_tf1.recipes import Recipe

_OF_TRIALS = ".trials"  # what the name of a search's own event file ends with
_FRAME = 16  # bytes around each event in its file: its length and two checksums


class EventFiles:
    """Writes event files into RUN_DIR and its folders. Adds nothing to the graph, so no bit changes.

    A disk that takes no more of them ends no training: it is noted once.

    Parameters
    ----------
    run_dir : Path
    graph_def : tf.GraphDef
        What the graph tab shows.
    step : int
        Where this process begins.
    recipe : Recipe
        What the HParams tab compares.
    parts : sequence of str
        The folders that the rest goes to, such as "train".
    report : Report
    """

    def __init__(
        self, run_dir: Path, graph_def: tf.GraphDef, step: int, *, recipe: Recipe, parts: Sequence[str], report: Report
    ) -> None:
        self._run_dir, self._report, self._failed = run_dir, report, False
        self._files: dict[str, _EventFile] = {}
        self._safely(lambda: self._begin(graph_def, step, recipe, parts))

    def _begin(self, graph_def: tf.GraphDef, step: int, recipe: Recipe, parts: Sequence[str]) -> None:
        for path in self._run_dir.glob("events.out.tfevents.*"):  # settings that it was begun or continued with before
            files.remove(path)
        # FileWriter names its file by the second: a run that is continued within one would lose the file before.
        suffix = f".step-{step:08d}"
        for part in ("", *parts):
            self._files[part] = _EventFile(self._run_dir / part, suffix)
        self._files["train"].add(step, graph_def=graph_def.SerializeToString())
        if step:
            # What a killed process wrote beyond its last checkpoint is replaced, not drawn twice.
            for file in self._files.values():
                file.add(step + 1, session_log=tf.SessionLog(status=tf.SessionLog.START))
        settings = {name: value for name, value in recipe.to_json().items() if value is not None and name != "classes"}
        self._files[""].add(0, summary=hparams.session_start_pb(settings))

    def scalars(self, part: str, step: int, **values: float) -> None:
        """Add scalars to the curves of a part, "train" or "validation"."""
        self._add(part, step, *(tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()))

    def histogram(self, part: str, tag: str, values: np.ndarray, step: int) -> None:
        """Add the distribution of the finite ones of an array of numbers, if there are any."""
        values = values[np.isfinite(values)].astype(np.float64)
        if not len(values):
            return
        counts, edges = np.histogram(values, bins=40)
        histogram = tf.HistogramProto(
            min=values.min(),
            max=values.max(),
            num=values.size,
            sum=values.sum(),
            sum_squares=np.square(values).sum(),
            bucket_limit=edges[1:],
            bucket=counts,
        )
        self._add(part, step, tf.Summary.Value(tag=tag, histo=histogram))

    def image(self, part: str, tag: str, png: bytes, step: int) -> None:
        """Add a picture, the bytes of a PNG file."""
        self._add(part, step, tf.Summary.Value(tag=tag, image=tf.Summary.Image(encoded_image_string=png)))

    def precision_recall(
        self, part: str, labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str], step: int
    ) -> None:
        """Add each class's curve of precision over recall: `labels` integers [n], `probabilities` [n, classes]."""
        probabilities = np.nan_to_num(probabilities)  # of weights that make nothing of an image
        for i, name in enumerate(classes):
            curve = pr_curve.pb(f"precision and recall/{name}", labels == i, probabilities[:, i])
            self._add_event(part, step, summary=curve)

    def trace(self, metadata: tf.RunMetadata, step: int) -> None:
        """Add a step's RunMetadata: compute time and memory of every node."""
        tagged = event_pb2.TaggedRunMetadata(tag=f"step {step}", run_metadata=metadata.SerializeToString())
        self._add_event("train", step, tagged_run_metadata=tagged)

    def end(self) -> None:
        """Say that the training is finished."""
        self._add_event("", 0, summary=hparams.session_end_pb(api_pb2.STATUS_SUCCESS))

    def flush(self) -> None:
        """Write what is buffered, and see whether it was written."""
        self._safely(self._flush)

    def close(self) -> None:
        """Write what is buffered, and end."""
        self.flush()
        self._safely(self._close)

    def _flush(self) -> None:
        for file in self._files.values():
            file.flush()

    def _close(self) -> None:
        for file in self._files.values():
            file.close()

    def _add(self, part: str, step: int, *values: tf.Summary.Value) -> None:
        self._add_event(part, step, summary=tf.Summary(value=values))

    def _add_event(self, part: str, step: int, **content: Any) -> None:
        self._safely(lambda: self._files[part].add(step, **content))

    def _safely(self, write: Callable[[], object]) -> None:
        if self._failed:
            return
        try:
            write()
        except (OSError, RuntimeError, tf.errors.OpError) as error:  # RuntimeError: of FileWriter, that it can't begin
            self._failed = True
            reason = getattr(error, "strerror", None) or getattr(error, "message", None) or str(error)
            self._report.note(
                f"TensorBoard's files in {self._run_dir} can't be written ({reason.splitlines()[0]}): "
                "the training goes on without them"
            )


def describe_trials(folder: Path, settings: Sequence[str]) -> None:
    """Tell the HParams tab what the runs below a folder differ in, and that they are compared on validation.

    Without this it shows the first settings by name, and the accuracy in training. What was written before is replaced.
    """
    for path in folder.glob(f"events.out.tfevents.*{_OF_TRIALS}"):
        files.remove(path)
    infos = [api_pb2.HParamInfo(name=name, type=api_pb2.DATA_TYPE_FLOAT64) for name in settings]
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(group="validation", tag=tag), display_name=f"validation {tag}")
        for tag in ("accuracy", "loss")
    ]
    with tf.Graph().as_default():  # without one FileWriter refuses
        file = _EventFile(folder, _OF_TRIALS)
    file.add(0, summary=hparams.experiment_pb(infos, metrics))
    file.close()


class _EventFile:
    # A FileWriter that knows how long its file has to be: it says nothing of a disk that is full.
    def __init__(self, folder: Path, suffix: str) -> None:
        before = set(folder.glob(f"events.*{suffix}"))
        self._writer = tf.summary.FileWriter(str(folder), filename_suffix=suffix)
        self._writer.flush()
        new = set(folder.glob(f"events.*{suffix}")) - before
        if not new and not before:
            raise OSError(errno.EIO, "none was made", str(folder))
        self._path = new.pop() if new else max(before, key=lambda path: path.stat().st_mtime)
        self._bytes = self._path.stat().st_size

    def add(self, step: int, **content: Any) -> None:
        event = tf.Event(wall_time=time.time(), step=step, **content)
        self._writer.add_event(event)
        self._bytes += event.ByteSize() + _FRAME

    def flush(self) -> None:
        self._writer.flush()
        if self._path.stat().st_size < self._bytes:
            raise OSError(errno.EIO, "they don't grow", str(self._path))

    def close(self) -> None:
        self._writer.close()
