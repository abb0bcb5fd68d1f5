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


def measure_together(several, labels):
    """Measure networks that classify together, by the mean of their probabilities.

    Parameters: `several` a list of float32 [n, classes], one for each network; `labels` integers [n].
    """
    mean = np.mean(several, axis=0, dtype=np.float64)
    losses = -np.log(np.maximum(mean[np.arange(len(labels)), labels], np.finfo(np.float32).tiny))
    return _measurement(losses, mean.argmax(axis=1), labels, mean.shape[1])


def _run(session, model, fetches, split, batch_size):
    # Each of the fetches, [n, ...], for the whole split.
    def run(batch):
        x, y = batch
        return session.run(fetches, {model.x: x, model.y: y})

    # Two batches at a time: while one waits for its slowest thread, the other has work for those that are done.
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, Batches(split, batch_size, classes=int(model.y.shape[1]))))
    return [np.concatenate(parts) for parts in zip(*results, strict=True)]


def _measurement(losses, predictions, labels, classes):
    confusion = np.zeros([classes, classes], np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    return Measurement(float(losses.mean(dtype=np.float64)), confusion)
