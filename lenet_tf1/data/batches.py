"""From a split to what the placeholders are fed."""

import numpy as np

NO_CLASS = 255  # the label of a picture that is none of the classes


class Batches:
    """The batches of a split, one at a time, with the contract of document 001's Sequence.

    `len(batches)` counts the last one, which may be smaller; `batches[i]` makes one when it is asked for,
    as `x`, float32 [n, 784] in 0..1, and `y`, float32 [n, classes] one-hot; `on_epoch_end()` draws the next
    epoch's order. That order is a function of (seed, epoch); without a seed it is the split's own.

    MNIST's 55,000 training images are 43 MB as the bytes that they are kept in; as one float32 array they
    would be 172 MB. A batch of 200 is 0.6 MB, and nothing refers to it after its step.
    """

    def __init__(self, split, batch_size, *, classes, seed=None, epoch=0):
        self.split, self.batch_size, self.classes = split, batch_size, classes
        self.seed, self.epoch = seed, epoch
        self._draw()

    def _draw(self):
        if self.seed is None:
            self._order = np.arange(len(self.split))
        else:
            self._order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.split))

    def __len__(self):
        return -(-len(self.split) // self.batch_size)

    def __getitem__(self, index):
        part = self.part(index)
        return as_input(part.images), one_hot(part.labels, self.classes)

    def part(self, index):
        """Batch number `index` as a Split: bytes as they are kept. Raises IndexError from len(self) on."""
        start = range(len(self))[index] * self.batch_size
        return self.split[self._order[start : start + self.batch_size]]

    def on_epoch_end(self):
        """Go on to the next epoch."""
        self.epoch += 1
        self._draw()


def as_input(images):
    """uint8 [n, 28, 28] in 0..255 -> float32 [n, 784] in 0..1, the placeholder `x`."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def one_hot(labels, classes):
    """Integers [n] -> float32 [n, classes], the placeholder `y`; NO_CLASS is a little of each (Hendrycks 2019)."""
    rows = np.concatenate([np.eye(classes, dtype=np.float32), np.full([1, classes], 1 / classes, np.float32)])
    return rows[np.where(labels == NO_CLASS, classes, labels)]


def steps_per_epoch(split, batch_size):
    """Whole batches in an epoch: 859 of 64 in 55,000. Training leaves out the rest, another one in each epoch."""
    return len(split) // batch_size
