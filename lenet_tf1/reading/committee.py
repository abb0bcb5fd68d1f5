"""The network that tells single digits, and the second one that ships, which classify together."""

import threading

import numpy as np

from lenet_tf1.data import normalize
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.inference.frozen import FrozenNetwork, restore
from lenet_tf1.reading.batching import BatchedClassifier
from lenet_tf1.runs.shipped import SHIPPED_SECOND

# Of the two that ship: chosen on MNIST's validation images, as a run's own is (inference.confidence.choose).
TOGETHER = Confidence(temperature=0.5, threshold=0.89)


class Committee:
    """One network by itself, or with the second one that ships.

    Together they are right more often than either: each sees a digit as it is and as four other hands might have
    written it, and the mean of all that counts.

    Parameters
    ----------
    network : FrozenNetwork
        Is closed with it.
    seconded : bool
        Whether the second one joins in, which knows digits alone.

    References
    ----------
    Ciresan, Meier and Schmidhuber, "Multi-column deep neural networks for image classification", CVPR 2012.
    """

    def __init__(self, network: FrozenNetwork, seconded: bool) -> None:
        self.network = network
        self.seconded = seconded
        self.confidence = TOGETHER if seconded else network.confidence
        self._first = BatchedClassifier(network)
        self._second: BatchedClassifier | None = None
        self._opening = threading.Lock()

    def classify(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """What the network by itself sees in images uint8 [n, 28, 28]: probabilities, float32 [n, classes]."""
        return self._first.classify(images)

    def calibrated(self, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """What people are told of images uint8 [n, 28, 28]: probabilities, float32 [n, classes], set right."""
        if not self.seconded:
            return self.confidence.calibrated(self.classify(images))
        views = np.concatenate([normalize.views(image) for image in images])
        seen = [member.classify(views) for member in (self._first, self._opened())]
        return self.confidence.calibrated(np.mean(seen, axis=0).reshape(len(images), normalize.VIEWS, -1).mean(axis=1))

    def _opened(self) -> BatchedClassifier:
        # When the first digit is classified: a picture without any does without.
        with self._opening:
            if self._second is None:
                self._second = BatchedClassifier(restore(SHIPPED_SECOND))
            return self._second

    def close(self) -> None:
        """End its threads and sessions."""
        for member in (self._first, self._second):
            if member is not None:
                member.close()
                member.network.close()
