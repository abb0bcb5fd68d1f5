"""The stepper of several workers: each computes its share of every batch, and all take the same step.

As TensorFlow's own strategies have it, every worker has the whole graph and all variables (between-graph replication),
and a collective operation sums the gradients over the workers, in a ring. One operation sums everything that a step
tells, in one vector: the order of a sum of many would be no other, and there is nothing to wait for in between.
"""

import dataclasses
import signal
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import rewriter_config_pb2

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import configure
from lenet_tf1.graph.share import Share, sharing
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.manifest import Progress
from lenet_tf1.training.classification import Classification, Classifier
from lenet_tf1.training.loop import Loop
from lenet_tf1.training.meeting import Meeting
from lenet_tf1.training.messages import pack, unpack
from lenet_tf1.training.stepper import Stepper
from lenet_tf1.training.task import Score

_JOB = "worker"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # a step tells how many workers have been sent each


class SharedStepper(Stepper):
    """A Stepper that is one of several, in a process each. Its batches are the whole ones, as are its updates.

    Parameters
    ----------
    recipe : Recipe
    task : Classification
    meeting : Meeting
    provenance : mapping
        The chief's, which the others are told.

    Raises
    ------
    InputError
        For a batch or a network that can't be shared.
    """

    learner: Classifier

    def __init__(self, recipe: Recipe, task: Classification, meeting: Meeting, provenance: Mapping[str, Any]) -> None:
        place = meeting.place
        if recipe.batch_size < place.workers:
            raise InputError(f"batch size {recipe.batch_size} is too small for {place.workers} workers")
        self._meeting, self._classification = meeting, task
        self._share = Share.of(place.rank, place.workers, recipe.batch_size)
        self._asked, self._agreed = np.zeros(len(_SIGNALS), np.float32), 0
        if place.rank == 0:
            about = {name: provenance[name] for name in ("data", "versions")}
            meeting.tell("recipe", {"recipe": recipe.to_json(), **about})
        super().__init__(recipe, task)

    def agreed(self, signum: int | None) -> int | None:
        """The signal that came to any worker; each tells of its own with its next step, and all end after the same."""
        self._asked = np.array([signum == number for number in _SIGNALS], np.float32)
        return self._agreed or None

    def set_out(self, progress: Progress) -> None:
        """Begin training from the variables, step and progress of the chief, which `progress` becomes."""
        variables = self.session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        if self._meeting.place.rank:
            self._meeting.tell("ready")
            message = self._meeting.hear("state")[0]
            self.step = message.content["step"]
            vars(progress).update(message.content["progress"])
            values = unpack(message.data)
            for variable in variables:
                variable.load(values[variable.op.name], self.session)
            return
        self._meeting.hear("ready")
        values = self.session.run({variable.op.name: variable for variable in variables})
        about = {"step": self.step, "progress": dataclasses.asdict(progress)}
        self._meeting.tell("state", about, pack(values))

    def validate(self) -> Score:
        """Loss and accuracy on the validation split, of which each worker measures its share."""
        place, images = self._meeting.place, len(self._classification.data.validation)
        mine, sums = Share.of(place.rank, place.workers, images), [0.0, 0.0]
        if mine.size:
            score = self._classification.validate(self.session, self.learner, mine.places)
            sums = [score.loss * mine.size, score.accuracy * mine.size]
        loss, right = (sum(values) for values in zip(*self._meeting.everybodys(sums), strict=True))
        return Score(loss / images, round(right) / images)

    def _add_learner(self) -> Classifier:
        with sharing(self._share):
            learner = self._classification.learner()
        if tf.get_collection(tf.GraphKeys.UPDATE_OPS):
            raise InputError(f"the network {self.recipe.network} is trained by one process: it normalises by batches")
        weight = self._share.size / self._share.batch  # the sum of the shares' means is then the whole batch's mean
        with tf.name_scope("train/share/"):
            learner.loss *= weight
            learner.shown_loss *= weight
        return learner

    def _summed(self, values: list[tf.Tensor]) -> list[tf.Tensor]:
        share, place = self._share, self._meeting.place
        with tf.name_scope("train/sum/"):
            self._signals = tf.placeholder(tf.float32, [len(_SIGNALS)], name="signals")
            after = share.batch - share.first - share.size
            correct = tf.pad(tf.cast(self.learner.correct, tf.float32), [[share.first, after]])
            parts = [self._signals, self.learner.shown_loss, correct, *values]
            sizes = [len(_SIGNALS), 1, share.batch, *(value.shape.num_elements() for value in values)]
            # Put together as integers: as floats, bf16's rewriting would round all of them, the loss too.
            bits = [tf.bitcast(tf.reshape(part, [-1]), tf.int32) for part in parts]
            summed = tf.raw_ops.CollectiveReduceV2(
                input=tf.bitcast(tf.concat(bits, axis=0), tf.float32),
                group_size=place.workers,
                group_key=1,
                instance_key=1,
                ordering_token=[],
                merge_op="Add",
                final_op="Id",
                communication_hint="ring",
            )
            signals, loss, correct, *sums = tf.split(summed, sizes)
            self._sums = [signals, loss[0], correct > 0.5]
            return [tf.reshape(total, value.shape) for total, value in zip(sums, values, strict=True)]

    def _tell(self) -> list[tf.Tensor]:
        return self._sums

    def _open_session(self, graph: tf.Graph) -> tf.Session:
        place, config = self._meeting.place, configure(self.recipe.precision)
        config.experimental.collective_group_leader = f"/job:{_JOB}/replica:0/task:0"
        # Sessions talk to their own worker's devices alone; others are reached by the collective operation.
        config.device_filters.append(f"/job:{_JOB}/task:{place.rank}")
        if self.recipe.precision == "bf16":
            # It would make fused operations, which the distributed runtime refuses to send in bfloat16.
            config.graph_options.rewrite_options.remapping = rewriter_config_pb2.RewriterConfig.OFF
        cluster = tf.train.ClusterSpec({_JOB: self._meeting.addresses})
        server = tf.train.Server(cluster, job_name=_JOB, task_index=place.rank, config=config)
        return tf.Session(server.target, graph=graph, config=config)

    def _run(self, x: np.ndarray, y: np.ndarray, *how: Any) -> tuple[float, np.ndarray, float]:
        mine = self._share.places
        feed = {**self.learner.feed(x[mine], y[mine], self.step), self._signals: self._asked}
        fetches = [self.training.update, self._told, self.training.learning_rate]
        try:
            _, (signals, loss, correct), rate = self.session.run(fetches, feed, *how)
        except tf.errors.OpError as error:
            if not isinstance(error, tf.errors.InvalidArgumentError):  # what isn't finite is so for all
                self._meeting.await_loss()
            raise
        self._agreed = next((number for number, count in zip(_SIGNALS, signals, strict=True) if count), 0)
        return loss, correct, rate


class Follower(Loop):
    """The loop of a worker that isn't the chief: it goes the same way, and writes nothing."""

    def commit(self) -> None:
        """Nothing: what the chief keeps is everybody's."""
