"""What a network, or several together, make of a split: loss, accuracy, confusion."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lenet_tf1.data.batches import Batches


@dataclass(frozen=True)
class Measurement:
    """What a network did on a split: `loss` the mean cross-entropy in nats, `confusion` int64 [classes, classes].

    A row of the confusion is a true class, a column a prediction; it sums to the size of the split.
    """

    loss: float
    confusion: np.ndarray

    @property
    def correct(self):
        """How many images were classified as what they are."""
        return int(self.confusion.trace())

    @property
    def total(self):
        """How many images there were."""
        return int(self.confusion.sum())

    @property
    def accuracy(self):
        """Their ratio, in 0..1."""
        return self.correct / self.total


def measure(session, model, split, *, batch_size=256):
    """Measure the network that `session` holds on every image of the split, the last smaller batch included.

    256 images at once are document 003's; all 10,000 at once, as document 000 has it, take a gigabyte.
    """
    losses, predictions = _run(session, model, [model.losses, model.predictions], split, batch_size)
    return _measurement(losses, predictions, split.labels, int(model.y.shape[1]))


def probabilities(session, model, split, *, batch_size=256):
    """The probabilities of each image of the split, float32 [n, classes]."""
    return _run(session, model, [model.probabilities], split, batch_size)[0]


def classify(session, model, split, *, batch_size=256):
    """Losses float32 [n], predictions int64 [n] and probabilities float32 [n, classes] of the split's images.

    Predictions are those that `measure` counts.
    """
    fetches = [model.losses, model.predictions, model.probabilities]
    return _run(session, model, fetches, split, batch_size)


def measure_together(several, labels):
    """Measure networks that classify together, by the mean of their probabilities.

    Parameters: `several` a list of float32 [n, classes], one for each network; `labels` integers [n].
    """
    mean = np.mean(several, axis=0, dtype=np.float64)
    losses = -np.log(np.maximum(mean[np.arange(len(labels)), labels], np.finfo(np.float32).tiny))
    return _measurement(losses, mean.argmax(axis=1), labels, mean.shape[1])


@dataclass(frozen=True)
class Calibration:
    """How often predictions are right, in bins of how probable they say they are (Guo et al. 2017).

    edges       float64 [bins + 1], of the probability, 0 to 1
    counts      int64 [bins], predictions in each
    accuracy    float64 [bins], the share of them that is right; nan in an empty bin
    confidence  float64 [bins], their mean probability; nan in an empty bin
    """

    edges: np.ndarray
    counts: np.ndarray
    accuracy: np.ndarray
    confidence: np.ndarray

    @property
    def error(self):
        """The expected calibration error: the mean distance of the two over all predictions, in 0..1."""
        some = self.counts > 0
        distances = np.abs(self.accuracy - self.confidence)[some]
        return float(np.average(distances, weights=self.counts[some]))


def calibrate(confidence, right, *, bins=15):
    """The Calibration of predictions: `confidence` float [n], their probability; `right` bool [n]."""
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, weights=values, minlength=bins) for values in (right, confidence)]
    means = [np.divide(total, counts, out=np.full(bins, np.nan), where=counts > 0) for total in sums]
    return Calibration(edges, counts, *means)


def _run(session, model, fetches, split, batch_size):
    # Each of the fetches, [n, ...], for the whole split.
    def run(batch):
        x, y = batch
        return session.run(fetches, {model.x: x, model.y: y})

    # Two batches at a time: while one waits for its slowest thread, the other has work for those that are done.
    with ThreadPoolExecutor(2) as pool:
        batches = Batches(split, batch_size, classes=int(model.y.shape[1]))
        results = list(pool.map(run, map(batches.__getitem__, range(len(batches)))))
    return [np.concatenate(parts) for parts in zip(*results, strict=True)]


def misclassified(losses, predictions, labels):
    """The numbers of the images that were taken for something else, the one with the highest loss first."""
    wrong = np.flatnonzero(predictions != labels)
    return wrong[np.argsort(-losses[wrong], kind="stable")]


def confusion_matrix(labels, predictions, classes):
    """How often each class was taken for which, int64 [classes, classes]: rows are true, columns predicted."""
    confusion = np.zeros([classes, classes], np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    return confusion


def _measurement(losses, predictions, labels, classes):
    return Measurement(float(losses.mean(dtype=np.float64)), confusion_matrix(labels, predictions, classes))
