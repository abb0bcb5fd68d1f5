"""From a split to what the placeholders are fed."""

import numpy as np

from lenet_tf1.data.splits import NO_CLASS, Split


class Batches:
    """The batches of a split, one at a time, with the contract of document 001's Sequence.

    `len(batches)` counts the last one, which may be smaller. `batches[i]` makes one when it is asked for: `x`, float32
    [n, 784] in 0..1, and `y`, float32 [n, classes] one-hot. `on_epoch_end()` draws the next epoch's order.

    MNIST's 55,000 training images are 43 MB as the bytes that they are kept in; as one float32 array they
    would be 172 MB. A batch of 200 is 0.6 MB, and nothing refers to it after its step.

    Parameters
    ----------
    split : Split
        What is cut into batches.
    batch_size : int
        Images in each but the last.
    classes : int
        How many there are.
    seed : int, optional
        The order is a function of (seed, epoch); without a seed it is the split's own.
    epoch : int
        The first one.
    """

    def __init__(self, split: Split, batch_size: int, *, classes: int, seed: int | None = None, epoch: int = 0) -> None:
        self.split, self.batch_size, self.classes = split, batch_size, classes
        self.seed, self.epoch = seed, epoch
        self._order = self._drawn()

    def _drawn(self) -> np.ndarray:
        if self.seed is None:
            return np.arange(len(self.split))
        return np.random.default_rng([self.seed, self.epoch]).permutation(len(self.split))

    def __len__(self) -> int:
        return -(-len(self.split) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        part = self.part(index)
        return as_input(part.images), one_hot(part.labels, self.classes)

    def part(self, index: int) -> Split:
        """Batch number `index` as a Split: bytes as they are kept. Raises IndexError from len(self) on."""
        start = range(len(self))[index] * self.batch_size
        return self.split[self._order[start : start + self.batch_size]]

    def on_epoch_end(self) -> None:
        """Go on to the next epoch."""
        self.epoch += 1
        self._order = self._drawn()


def as_input(images: np.ndarray) -> np.ndarray:
    """Convert uint8 [n, 28, 28] in 0..255 to float32 [n, 784] in 0..1, the placeholder `x`."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Encode labels as the placeholder `y`.

    Parameters
    ----------
    labels : numpy.ndarray
        Integers [n]; NO_CLASS becomes a uniform distribution, which teaches a network to be unsure.
    classes : int
        How many there are.

    Returns
    -------
    numpy.ndarray
        float32 [n, classes], rows that sum up to 1.

    References
    ----------
    D. Hendrycks, M. Mazeika, T. Dietterich, Deep anomaly detection with outlier exposure, ICLR 2019.

    Examples
    --------
    >>> one_hot(np.array([1, NO_CLASS]), 2)
    array([[0. , 1. ],
           [0.5, 0.5]], dtype=float32)
    """
    rows = np.concatenate([np.eye(classes, dtype=np.float32), np.full([1, classes], 1 / classes, np.float32)])
    return rows[np.where(labels == NO_CLASS, classes, labels)]


def steps_per_epoch(split: Split, batch_size: int) -> int:
    """Whole batches in an epoch: 859 of 64 in 55,000. Training leaves out the rest, another one in each epoch."""
    return len(split) // batch_size
