"""What TensorBoard shows of a run: the graph, the curves, and what single steps cost."""

import time

import tensorflow.compat.v1 as tf

from lenet_tf1.errors import InputError


class Events:
    """Writes event files into RUN_DIR/train and RUN_DIR/validation. Adds nothing to the graph, so no bit changes."""

    def __init__(self, run_dir, graph_def, step):
        """`graph_def` is what the graph tab shows; `step` is where this process begins."""
        # FileWriter names its file by the second: a run that is continued within one would lose the file before.
        suffix = f".step-{step:08d}"
        try:
            self._writers = {
                name: tf.summary.FileWriter(str(run_dir / name), filename_suffix=suffix)
                for name in ("train", "validation")
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

    def scalars(self, writer, step, **values):
        """Add scalars to the curves of `writer`, "train" or "validation"."""
        summary = tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._writers[writer].add_summary(summary, step)

    def trace(self, metadata, step):
        """Add a step's RunMetadata: compute time and memory of every node."""
        self._writers["train"].add_run_metadata(metadata, f"step {step}", step)

    def flush(self):
        """Write what is buffered."""
        for writer in self._writers.values():
            writer.flush()

    def close(self):
        """Write what is buffered, and end."""
        for writer in self._writers.values():
            writer.close()
