"""From a split to what the placeholders are fed."""

import numpy as np


def as_input(images):
    """uint8 [n, 28, 28] in 0..255 -> float32 [n, 784] in 0..1, the placeholder `x`."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def one_hot(labels, classes):
    """Integers [n] -> float32 [n, classes], the placeholder `y`."""
    return np.eye(classes, dtype=np.float32)[labels]


def steps_per_epoch(split, batch_size):
    """Whole batches in an epoch: 859 of 64 in 55,000. What is left over differs from epoch to epoch."""
    return len(split) // batch_size


def training_batches(split, batch_size, *, seed, epoch, start=0):
    """Yield an epoch's batches as Splits, from batch number `start` on: the order is a function of (seed, epoch)."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split))
    for i in range(start, steps_per_epoch(split, batch_size)):
        yield split[order[i * batch_size : (i + 1) * batch_size]]


def batches_in_order(split, batch_size):
    """Yield the whole split in order, the last batch smaller where the size doesn't divide it."""
    for i in range(0, len(split), batch_size):
        yield split[i : i + batch_size]
