"""What a network, or several together, make of a split: loss, accuracy, confusion, calibration."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lenet_tf1.base import processor
from lenet_tf1.data.batches import Batches
from lenet_tf1.data.datasets import Split

if TYPE_CHECKING:  # TensorFlow is imported late, so that --help is quick
    import tensorflow.compat.v1 as tf

    from lenet_tf1.graph.model import Model

_AT_A_TIME = 2  # batches


@dataclass(frozen=True)
class Metrics:
    """What a network did on a split.

    Attributes
    ----------
    loss : float
        The mean cross-entropy in nats.
    confusion : ndarray
        Int64 [classes, classes]: a row is a true class, a column a prediction. It sums to the size of the split.
    """

    loss: float
    confusion: np.ndarray

    @classmethod
    def of_parts(cls, parts: "Sequence[Metrics]") -> "Metrics":
        """Those of a split, from those of its parts."""
        losses = np.average([part.loss for part in parts], weights=[part.total for part in parts])
        return cls(float(losses), np.sum([part.confusion for part in parts], axis=0))

    @property
    def correct(self) -> int:
        """How many images were classified as what they are."""
        return int(self.confusion.trace())

    @property
    def total(self) -> int:
        """How many images there were."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Their ratio, in 0..1."""
        return self.correct / self.total


def evaluate_split(session: "tf.Session", model: "Model", split: Split, *, batch_size: int = 256) -> Metrics:
    """Run the network in `session` on every image of the split, the last smaller batch included.

    256 images at once are document 003's; all 10,000 at once, as document 000 has it, take a gigabyte.
    """
    losses, predictions = run_split(session, model, [model.losses, model.predictions], split, batch_size)
    return _metrics(losses, predictions, split.labels, int(model.y.shape[1]))


def predict_probabilities(session: "tf.Session", model: "Model", split: Split, *, batch_size: int = 256) -> np.ndarray:
    """The probabilities of each image of the split, float32 [n, classes]."""
    return run_split(session, model, [model.probabilities], split, batch_size)[0]


def classify(
    session: "tf.Session", model: "Model", split: Split, *, batch_size: int = 256
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Losses float32 [n], predictions int64 [n] and probabilities float32 [n, classes] of the split's images.

    Predictions are those that `evaluate_split` counts.
    """
    fetches = [model.losses, model.predictions, model.probabilities]
    losses, predictions, probabilities = run_split(session, model, fetches, split, batch_size)
    return losses, predictions, probabilities


def evaluate_and_predict(
    session: "tf.Session", model: "Model", split: Split, *, batch_size: int = 256
) -> tuple[Metrics, np.ndarray]:
    """What `evaluate_split` and `predict_probabilities` return, with every image seen once."""
    losses, predictions, probabilities = classify(session, model, split, batch_size=batch_size)
    return _metrics(losses, predictions, split.labels, probabilities.shape[1]), probabilities


def evaluate_ensemble(members: Sequence[np.ndarray], labels: np.ndarray) -> Metrics:
    """The Metrics of networks that classify together, by the mean of their probabilities.

    Parameters
    ----------
    members : sequence of ndarray
        Float32 [n, classes], one for each network.
    labels : ndarray
        Integers [n].
    """
    mean = np.asarray(np.mean(members, axis=0, dtype=np.float64))
    losses = -np.log(np.maximum(mean[np.arange(len(labels)), labels], np.finfo(np.float32).tiny))
    return _metrics(losses, mean.argmax(axis=1), labels, mean.shape[1])


@dataclass(frozen=True)
class Calibration:
    """How often predictions are right, in bins of how probable they say they are (Guo et al. 2017).

    Attributes
    ----------
    edges : ndarray
        Float64 [bins + 1], of the probability, 0 to 1.
    counts : ndarray
        Int64 [bins], predictions in each.
    accuracy : ndarray
        Float64 [bins], the share of them that is right; nan in an empty bin.
    confidence : ndarray
        Float64 [bins], their mean probability; nan in an empty bin.
    """

    edges: np.ndarray
    counts: np.ndarray
    accuracy: np.ndarray
    confidence: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance of the two over all predictions, in 0..1."""
        some = self.counts > 0
        distances = np.abs(self.accuracy - self.confidence)[some]
        return float(np.average(distances, weights=self.counts[some]))


def calibrate(confidence: np.ndarray, right: np.ndarray, *, bins: int = 15) -> Calibration:
    """The Calibration of predictions: `confidence` float [n], their probability; `right` bool [n]."""
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights=values, minlength=bins) for values in (right, confidence)]
    accuracy, mean = (np.divide(total, counts, out=np.full(bins, np.nan), where=counts > 0) for total in sums)
    return Calibration(edges, counts, accuracy, mean)


def misclassified(losses: np.ndarray, predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The numbers of the images that were taken for something else, the one with the highest loss first."""
    wrong = np.flatnonzero(predictions != labels)
    return wrong[np.argsort(-losses[wrong], kind="stable")]


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """How often each class was taken for which, int64 [classes, classes]: rows are true, columns predicted."""
    confusion = np.zeros([classes, classes], np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    return confusion


def _metrics(losses: np.ndarray, predictions: np.ndarray, labels: np.ndarray, classes: int) -> Metrics:
    return Metrics(float(losses.mean(dtype=np.float64)), confusion_matrix(labels, predictions, classes))


def run_split(
    session: "tf.Session", model: "Model", fetches: "list[tf.Tensor]", split: Split, batch_size: int = 256
) -> list[np.ndarray]:
    """Each of the fetches, [n, ...], for the whole split."""
    from lenet_tf1.base.machine import OneCoreSession

    batches = Batches(split, batch_size, classes=int(model.y.shape[1]))
    if isinstance(session, OneCoreSession):
        # One more than there are cores: while it makes its batch, the others compute.
        run, at_a_time = session.runner([model.x, model.y], fetches), processor.cores() + 1
    else:
        # Two batches at a time: while one waits for its slowest thread, the other has work for those that are done.
        run, at_a_time = lambda x, y: session.run(fetches, {model.x: x, model.y: y}), _AT_A_TIME
    # No more than that are there as floats: a batch is made by the thread that runs it.
    with ThreadPoolExecutor(at_a_time) as pool:
        results = list(pool.map(lambda index: run(*batches[index]), range(len(batches))))
    return [np.concatenate(parts) for parts in zip(*results, strict=True)]
