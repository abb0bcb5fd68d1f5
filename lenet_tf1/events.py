"""What TensorBoard shows of a run: the graph, the curves, and what single steps cost."""

import time

import numpy as np
import tensorflow.compat.v1 as tf
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary as hparams
from tensorboard.plugins.pr_curve import summary as pr_curve

from lenet_tf1 import files
from lenet_tf1.errors import InputError


class Events:
    """Writes event files into RUN_DIR and its folders. Adds nothing to the graph, so no bit changes."""

    def __init__(self, run_dir, graph_def, step, *, recipe, parts):
        """`graph_def` is what the graph tab shows; `step` is where this process begins.

        `recipe` is what the HParams tab compares; `parts` are the folders that the rest goes to, such as "train".
        """
        # FileWriter names its file by the second: a run that is continued within one would lose the file before.
        suffix = f".step-{step:08d}"
        for path in run_dir.glob("events.out.tfevents.*"):  # settings that this run was begun or continued with before
            files.remove(path)
        try:
            self._writers = {
                name: tf.summary.FileWriter(str(run_dir / name), filename_suffix=suffix) for name in ("", *parts)
            }
        except tf.errors.OpError as error:
            raise InputError(f"{run_dir} can't take TensorBoard's files: {error.message.splitlines()[0]}") from error
        graph_event = tf.Event(wall_time=time.time(), step=step, graph_def=graph_def.SerializeToString())
        self._writers["train"].add_event(graph_event)
        if step:
            # What a killed process wrote beyond its last checkpoint is replaced, not drawn twice.
            start = tf.SessionLog(status=tf.SessionLog.START)
            for writer in self._writers.values():
                writer.add_session_log(start, global_step=step + 1)
        settings = {name: value for name, value in recipe.to_json().items() if value is not None and name != "classes"}
        self._writers[""].add_summary(hparams.session_start_pb(settings))

    def scalars(self, writer, step, **values):
        """Add scalars to the curves of `writer`, "train" or "validation"."""
        summary = tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._writers[writer].add_summary(summary, step)

    def histogram(self, writer, tag, values, step):
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
        self._add(writer, tf.Summary.Value(tag=tag, histo=histogram), step)

    def image(self, writer, tag, png, step):
        """Add a picture, the bytes of a PNG file."""
        self._add(writer, tf.Summary.Value(tag=tag, image=tf.Summary.Image(encoded_image_string=png)), step)

    def precision_recall(self, writer, labels, probabilities, classes, step):
        """Add each class's curve of precision over recall: `labels` integers [n], `probabilities` [n, classes]."""
        probabilities = np.nan_to_num(probabilities)  # of weights that make nothing of an image
        for i, name in enumerate(classes):
            curve = pr_curve.pb(f"precision and recall/{name}", labels == i, probabilities[:, i])
            self._writers[writer].add_summary(curve, step)

    def trace(self, metadata, step):
        """Add a step's RunMetadata: compute time and memory of every node."""
        self._writers["train"].add_run_metadata(metadata, f"step {step}", step)

    def end(self):
        """Say that the training is finished."""
        self._writers[""].add_summary(hparams.session_end_pb(api_pb2.STATUS_SUCCESS))

    def flush(self):
        """Write what is buffered."""
        for writer in self._writers.values():
            writer.flush()

    def close(self):
        """Write what is buffered, and end."""
        for writer in self._writers.values():
            writer.close()

    def _add(self, writer, value, step):
        self._writers[writer].add_summary(tf.Summary(value=[value]), step)
