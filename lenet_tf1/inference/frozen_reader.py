"""A checkpoint's page reader, with the averages of its weights as constants."""

import os
from collections.abc import Mapping
from types import TracebackType

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import choose_precision, open_frozen, refuse_fork
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.graph.layers import frozen
from lenet_tf1.graph.networks import READER
from lenet_tf1.graph.reader import reader
from lenet_tf1.graph.training import AVERAGE
from lenet_tf1.inference.frozen import FrozenNetwork, read_from, read_weights
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint, ForeignCheckpoint


class FrozenReader:
    """The network of graph/reader.py with its weights, in a session that threads may share.

    Use it as a context manager, or close it.

    Parameters
    ----------
    checkpoint : Checkpoint
        Of a run of the recipe reader.

    Raises
    ------
    InputError
        If the checkpoint is of another version of the network.
    """

    def __init__(self, checkpoint: Checkpoint | ForeignCheckpoint) -> None:
        with tf.Graph().as_default() as graph:
            self._x, ends = frozen_reader(averages(checkpoint))
        graph.finalize()
        self._maps = [ends["heat"], ends["digit"], ends["box"]]
        self.session = open_frozen(graph, choose_precision("auto"), "pages")

    def maps(self, x: np.ndarray) -> list[np.ndarray]:
        """Heat, digits and boxes, float32 [n, height / 4, width / 4, 1, 10 and 4], of pictures.

        Parameters
        ----------
        x : ndarray
            Float32 [n, height, width, 1] as data.pages.contrast makes it; the sides are multiples of 16.
        """
        refuse_fork()
        return self.session.run(self._maps, {self._x: x})

    def close(self) -> None:
        """Close the session."""
        self.session.close()

    def __enter__(self) -> "FrozenReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def frozen_reader(weights: Mapping[str, np.ndarray]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Add the network with constants for weights, by the variables' names, to the default graph.

    Returns its input and its endpoints.
    """
    x = tf.placeholder(tf.float32, [None, None, None, 1], name="x")
    with frozen(weights):
        return x, reader(x, seed=0, training=False)


def averages(checkpoint: Checkpoint | ForeignCheckpoint) -> dict[str, np.ndarray]:
    """The averages of the network's variables that a checkpoint holds, by the variables' names.

    Raises
    ------
    InputError
        If they aren't there, because the code has changed since.
    """
    with tf.Graph().as_default():
        reader(tf.placeholder(tf.float32, [None, None, None, 1]), seed=0, training=False)
        shapes = {variable.op.name + AVERAGE: variable.shape.as_list() for variable in tf.global_variables()}
    return {name.removesuffix(AVERAGE): value for name, value in checkpoint.read(shapes).items()}


def read_either(checkpoint: Checkpoint | ForeignCheckpoint) -> dict[str, np.ndarray]:
    """What a checkpoint's network computes with, by the variables' names: weights, or the page reader's averages."""
    return averages(checkpoint) if checkpoint.recipe.network == READER else read_weights(checkpoint)


def restore_either(
    path: str | os.PathLike[str], recipe: Recipe | None = None, report: Report = QUIET
) -> FrozenNetwork | FrozenReader:
    """The network of a run directory or a checkpoint, whichever it is of; as inference.frozen.restore otherwise."""

    def restored(checkpoint: Checkpoint | ForeignCheckpoint) -> FrozenNetwork | FrozenReader:
        return FrozenReader(checkpoint) if checkpoint.recipe.network == READER else FrozenNetwork(checkpoint)

    return read_from(restored, path, recipe, report)
