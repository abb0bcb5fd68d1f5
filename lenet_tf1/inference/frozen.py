"""A checkpoint's network with constants for weights: what evaluate, predict, plot and the page run."""

import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base import processor
from lenet_tf1.base.machine import (
    OneCoreSession,
    choose_precision,
    has_gpu,
    open_frozen,
    open_on_one_core,
    refuse_fork,
    was_forked,
)
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.layers import frozen
from lenet_tf1.graph.model import Model, build_model, variable_shapes
from lenet_tf1.inference import confidence
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint, CheckpointGone, ForeignCheckpoint
from lenet_tf1.runs.finding import find

_A_CORE = 4  # images, of which there are enough to be worth another core
_TRIES = 5  # of a checkpoint that a training prunes while it is read
Read = TypeVar("Read")


class HeldWeights(NamedTuple):
    """A network's weights in memory, which take a checkpoint's place."""

    recipe: Recipe
    weights: dict[str, np.ndarray]

    def read(self, shapes: dict[str, list[int]]) -> dict[str, np.ndarray]:
        """The weights."""
        return self.weights


Source = Checkpoint | ForeignCheckpoint | HeldWeights
Opener = Callable[[tf.Graph, str, str], tf.Session]


class FrozenNetwork:
    """A network with the weights of a checkpoint, in a graph and a session of its own.

    Use it as a context manager, or close it.

    Parameters
    ----------
    checkpoint : Checkpoint, ForeignCheckpoint or HeldWeights
    extend : callable, optional
        Adds to the graph before it is finalised, such as gradients; these are computed in fp32.

    Attributes
    ----------
    recipe : Recipe
        What it was trained with.
    weights : dict of str -> ndarray
        By the variables' names.
    model : Model
        Its tensors.
    extension
        What `extend` has made of the model.
    confidence : Confidence
        What its probabilities mean, as its run has found on validation.

    Raises
    ------
    InputError
        If the checkpoint doesn't fit the recipe's network.
    """

    def __init__(self, checkpoint: Source, extend: Callable[[Model], Any] | None = None) -> None:
        refuse_fork()  # before any session is opened: a process that is forked from this one couldn't open it
        self.recipe = checkpoint.recipe
        self.confidence = confidence_of(checkpoint)
        # A network that was trained in bf16 runs in fp32 where there is none.
        self._precision = "fp32" if extend or self.recipe.precision == "fp32" else choose_precision("auto")
        self.weights = weights = read_weights(checkpoint)
        with tf.Graph().as_default() as graph:
            with frozen(weights):
                self.model = build_model(self.recipe.network, classes=len(self.recipe.classes))
            self.extension: Any = extend(self.model) if extend else None
            others = tf.global_variables()  # of a network that made them without get_variable
            begin = [variable.initializer for variable in others]
            values = {variable.initial_value: weights[variable.op.name] for variable in others}
        graph.finalize()
        self._begin = functools.partial(tf.Session.run, fetches=begin, feed_dict=values)
        self._cores = 1 if has_gpu() else processor.cores()
        self._sessions: dict[Opener, tf.Session] = {}
        self._closed = False
        self._opening = threading.Lock()
        self._helpers = ThreadPoolExecutor(max(1, self._cores - 1), "lenet_tf1 images")

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """The probabilities, float32 [n, classes], of images float32 [n, 784] in 0..1.

        Runs without most of what Session.run does around a run, and each image on one core: of few images every
        operation is too short to be handed to several threads. Of more, each core gets some.
        """
        refuse_fork()
        parts = min(self._cores, len(x) // _A_CORE)
        if parts < 2:
            return self._run(x)[0]
        first, *others = np.array_split(x, parts)
        rest = [self._helpers.submit(self._run, part) for part in others]
        return np.concatenate([self._run(first)[0], *(answer.result()[0] for answer in rest)])

    def run_layers(self, image: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """What the network makes of one image, uint8 [28, 28].

        Returns
        -------
        outputs : dict
            Each scope's output without the batch, by name.
        probabilities : ndarray
            Float32 [classes].
        """
        refuse_fork()
        fetches = [self.model.endpoints, self.model.probabilities]
        outputs, probabilities = self.core_session.run(fetches, {self.model.x: as_input(image[None])})
        return {scope: output[0] for scope, output in outputs.items()}, probabilities[0]

    def again(self, extend: Callable[[Model], Any]) -> "FrozenNetwork":
        """The same network in another graph, to which `extend` adds, and in a session of its own, in fp32."""
        return FrozenNetwork(HeldWeights(self.recipe, self.weights), extend)

    def close(self) -> None:
        """Close its sessions."""
        self._helpers.shutdown(wait=not was_forked())
        with self._opening:
            self._closed = True
            for session in self._sessions.values():
                session.close()

    @property
    def session(self) -> tf.Session:
        """On its graph, with all cores for each operation. Threads may share it."""
        return self._opened(open_frozen)

    @property
    def core_session(self) -> OneCoreSession:
        """On its graph, with one core for each operation, which is best for few images and for several batches."""
        return cast(OneCoreSession, self._opened(open_on_one_core))

    def _opened(self, opener: Opener) -> tf.Session:
        # When it is asked for: most have use for one of the two.
        with self._opening:
            if opener not in self._sessions:
                if self._closed:
                    raise RuntimeError("this network is closed")
                session = opener(self.model.x.graph, self._precision, "network")
                self._begin(session)
                self._sessions[opener] = session
            return self._sessions[opener]

    @functools.cached_property
    def _run(self) -> Callable[..., list[np.ndarray]]:
        return self.core_session.runner([self.model.x], [self.model.probabilities])

    def __enter__(self) -> "FrozenNetwork":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def confidence_of(checkpoint: Source) -> Confidence:
    """What the probabilities of the checkpoint's network mean, as its run has found on validation."""
    return confidence.of_run(checkpoint.folder.parent) if isinstance(checkpoint, Checkpoint) else Confidence()


def read_weights(checkpoint: Source) -> dict[str, np.ndarray]:
    """The weights of the checkpoint's network, by the variables' names, in the order in which it makes them."""
    return checkpoint.read(variable_shapes(checkpoint.recipe.network, len(checkpoint.recipe.classes)))


def restore(
    path: str | os.PathLike[str],
    recipe: Recipe | None = None,
    report: Report = QUIET,
    extend: Callable[[Model], Any] | None = None,
) -> FrozenNetwork:
    """The network of a run directory or a checkpoint; the parameters and errors are those of runs.finding.find.

    What `extend` is, FrozenNetwork says.

    A training that goes on meanwhile may prune the checkpoint that was found: then the one that is the best now is
    taken.
    """
    return read_from(functools.partial(FrozenNetwork, extend=extend), path, recipe, report)


def read_from(
    reader: Callable[[Checkpoint | ForeignCheckpoint], Read],
    path: str | os.PathLike[str],
    recipe: Recipe | None = None,
    report: Report = QUIET,
) -> Read:
    """What `reader` makes of the checkpoint that `restore` would restore."""
    for _ in range(_TRIES - 1):
        try:
            return reader(find(path, recipe, report))
        except CheckpointGone:
            continue
    return reader(find(path, recipe, report))
