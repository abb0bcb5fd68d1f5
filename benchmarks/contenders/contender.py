"""What the contenders share: how they are asked, the same weights for all, pixels, two batches at a time."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

KEEP_PROB = 0.5
BATCH = 256  # images, in evaluation
THREADS = {"all threads": os.cpu_count(), "1 thread": 1}


class Contender:
    """One LeNet (1,256,080 parameters) in one library, with the weights that all have.

    What it can't do, it has no ways for. Of several ways a process chooses the fastest: see __main__.py.

    Parameters
    ----------
    precision : {"bf16", "fp32"}
    folder : Path
        What compare.py has put there: weights.npz, lenet.onnx, lenet.tflite.
    data : Dataset

    Attributes
    ----------
    ways : dict of str -> tuple of str
        By the kind of a task, "train", "evaluate" or "predict": the library's settings that are tried.
    """

    ways: dict

    def prepare(self, batches):
        """What `train` gets, made of uint8 batches before the clock starts."""
        return batches

    def train(self, way, prepared, batch_size):
        """Take a step for each batch; it ends with the loss and the count of correct images on the host."""
        raise NotImplementedError

    def evaluate(self, way, split):
        """Count the split's correct images, in batches of 256 of uint8 pixels."""
        raise NotImplementedError

    def predict(self, way, images):
        """Ten probabilities of each image, uint8 [n, 28, 28]."""
        raise NotImplementedError


def weights(folder):
    """Those that all begin with, float32, by the names of lenet_tf1's variables and in their layout."""
    with np.load(Path(folder) / "weights.npz") as file:
        return dict(file)


def pixels(images):
    """Float32 [n, 28, 28, 1] in 0..1."""
    return np.divide(images[..., None], 255, dtype=np.float32)


def count(classify, split, at_a_time=1):
    """How many images of the split `classify`, a function from uint8 images to classes, is right about."""

    def correct(start):
        part = slice(start, start + BATCH)
        return int((classify(split.images[part]) == split.labels[part]).sum())

    starts = range(0, len(split), BATCH)
    if at_a_time == 1:
        return sum(map(correct, starts))
    with ThreadPoolExecutor(at_a_time) as pool:
        return sum(pool.map(correct, starts))
