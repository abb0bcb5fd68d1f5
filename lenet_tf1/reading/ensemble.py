"""The network that tells single digits; the one that ships has a second one, and both classify as an ensemble."""

import os
import threading

import numpy as np

from lenet_tf1.base import machine
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import normalize
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.inference.frozen import FrozenNetwork, restore
from lenet_tf1.reading.batching import BatchedClassifier
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.shipped import SHIPPED_SECOND, ships

# Of the two that ship: chosen on MNIST's validation images, as a run's own is (inference.confidence.choose). What
# benchmarks/ship.py prints.
TOGETHER = Confidence(temperature=0.498, threshold=0.8936)
_MOST_VIEWED = 200  # images at once, of which each is classified in several views: of more it would take seconds


def ensemble_of(run: str | os.PathLike[str], recipe: Recipe | None = None, report: Report = QUIET) -> "Ensemble":
    """What classifies where a run is asked: as inference.frozen.restore, with the second one if that run ships."""
    return Ensemble(restore(run, recipe, report), with_second=ships(run))


class Ensemble:
    """One network by itself, or with the second one that ships.

    With it, the mean of both counts, over five views of each image (test-time augmentation): the digit as it is, and as
    four other hands might have written it.

    Parameters
    ----------
    network : FrozenNetwork
        Is closed with it.
    with_second : bool
        Whether the second one joins in, which knows digits alone.

    Attributes
    ----------
    network : FrozenNetwork
        The first one.
    confidence : Confidence
        What its probabilities mean.

    References
    ----------
    Ciresan, Meier and Schmidhuber, "Multi-column deep neural networks for image classification", CVPR 2012.
    """

    def __init__(self, network: FrozenNetwork, *, with_second: bool) -> None:
        self.network = network
        self.with_second = with_second
        self.confidence = TOGETHER if with_second else network.confidence
        self._first = BatchedClassifier(network)
        self._second: BatchedClassifier | None = None
        self._closed = False
        self._lock = threading.Lock()

    def classify(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """What the first network by itself sees in images uint8 [n, 28, 28]: float32 [n, classes], not calibrated."""
        return self._first.classify(images)

    def probabilities(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """The calibrated probabilities of images uint8 [n, 28, 28]: float32 [n, classes].

        Of more than 200, what a page can hold, each is seen only as it is.

        Raises
        ------
        RuntimeError
            If it is closed, or as machine.refuse_fork does.
        """
        if not self.with_second:
            return self.confidence.calibrated(self.classify(images))
        second = self._opened()
        views = [normalize.views(image) for image in images] if len(images) <= _MOST_VIEWED else images
        flat = np.reshape(views, [-1, normalize.SIDE, normalize.SIDE])
        mean = (self._first.classify(flat) + second.classify(flat)) / 2
        return self.confidence.calibrated(mean.reshape(len(images), -1, mean.shape[1]).mean(axis=1))

    def of_many(self, images: np.ndarray) -> np.ndarray:
        """As `probabilities`, of any number of images, in several views all of them."""
        parts = np.split(images, range(_MOST_VIEWED, len(images), _MOST_VIEWED))
        return np.concatenate([self.probabilities(part) for part in parts])

    def _opened(self) -> BatchedClassifier:
        # When the first digit is classified: a picture without any does without.
        machine.refuse_fork()
        with self._lock:
            if self._closed:
                raise RuntimeError("these networks are closed")
            if self._second is None:
                self._second = BatchedClassifier(restore(SHIPPED_SECOND))
            return self._second

    def close(self) -> None:
        """End its threads and sessions."""
        if machine.was_forked():
            return
        with self._lock:
            self._closed = True
        for member in (self._first, self._second):
            if member is not None:
                member.close()
                member.network.close()
