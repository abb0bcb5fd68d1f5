"""Pictures for training, each a pure function of a seed and its number: hands, MNIST's rewritten, and what is no digit.

Drawn in as many processes as there are cores: python -m lenet_tf1.data.hands.drawing SEED FIRST LAST writes the bytes
of that many images and then of their labels to stdout, which is all that a process does.
"""

import functools
import itertools
import os
import subprocess
import sys
from collections.abc import Callable

import cv2
import numpy as np

from lenet_tf1.base import processor
from lenet_tf1.data.hands import pens
from lenet_tf1.data.hands.hand import Hand, Strokes
from lenet_tf1.data.hands.no_digits import no_digit
from lenet_tf1.data.hands.programs import PROGRAMS
from lenet_tf1.data.hands.regional import FORMS
from lenet_tf1.data.hands.rewriting import rewritten
from lenet_tf1.data.idx import read_pair
from lenet_tf1.data.normalize import as_mnist, trimmed
from lenet_tf1.data.splits import EMBEDDED, NO_CLASS, VALIDATION_IMAGES

# Shares of all pictures; the rest are hands of the ten programs.
NO_DIGIT = 0.18
REWRITTEN = 0.22
REGIONAL = 0.24
_OUTLINED = 0.025  # of digits: their outlines alone
_TILES = 0.04  # of all of these, light on a dark tile: what a camera's crop or a form of full frames comes to
_WORTH_A_PROCESS = 2000  # pictures: to start one takes as long as to draw a thousand


def picture(seed: int, number: int) -> tuple[np.ndarray, int]:
    """Picture `number` of a seed: (uint8 [28, 28], 0 background to 255 ink, its label or NO_CLASS)."""
    h = Hand(f"{seed}/{number}")
    kind = h.random()
    if kind < NO_DIGIT:
        ink, label = no_digit(h, lambda h: some_digit(h)[0]), NO_CLASS
    elif kind < NO_DIGIT + REWRITTEN:
        ink, label = mnist_digit(h)
    elif kind < NO_DIGIT + REWRITTEN + REGIONAL:
        ink, label = regional_digit(h)
    else:
        ink, label = hand_digit(h)
    if label not in (1, NO_CLASS) and h.maybe(_OUTLINED):  # an outlined 1 would be a 0
        ink = pens.outlined(ink, h)
    ink = pens.scanned(ink, h)
    return as_mnist(on_a_tile(ink, h) if h.maybe(_TILES) else ink), label


def hand_digit(h: Hand) -> tuple[np.ndarray, int]:
    """Some digit of a program: (ink, label)."""
    digit = h.randrange(10)
    return _drawn(PROGRAMS[digit], digit, h), digit


def regional_digit(h: Hand) -> tuple[np.ndarray, int]:
    """Some digit in a form that is rare among the others: (ink, label)."""
    digit = h.randrange(10)
    return _drawn(h.choice(FORMS[digit]), digit, h), digit


def mnist_digit(h: Hand) -> tuple[np.ndarray, int]:
    """Some digit of MNIST's training split, written again: (ink, label)."""
    images, labels = _mnist()
    i = h.randrange(len(labels))
    return rewritten(images[i], h), int(labels[i])


def some_digit(h: Hand) -> tuple[np.ndarray, int]:
    """Either of these."""
    return mnist_digit(h) if h.maybe(0.4) else hand_digit(h)


def _drawn(program: Callable[[Hand], Strokes], digit: int, h: Hand) -> np.ndarray:
    return pens.ink_of(pens.written(program(h), h, digit), h, digit)


def on_a_tile(ink: np.ndarray, h: Hand) -> np.ndarray:
    """The ink, uint8 [height, width], left out of a dark tile that is as large or a little larger."""
    ink = trimmed(ink)
    if h.maybe(0.5):  # as wide as it is high
        ink = cv2.resize(ink, (len(ink), len(ink)), interpolation=cv2.INTER_AREA)
    margins = [round(h.uniform(0, 0.15) * len(ink)) for _ in range(4)]
    return 255 - np.pad(ink, (margins[:2], margins[2:]))


@functools.cache
def _mnist() -> tuple[np.ndarray, np.ndarray]:
    images, labels = read_pair(EMBEDDED, "train")
    return images[VALIDATION_IMAGES:], labels[VALIDATION_IMAGES:]


def drawn(n: int, seed: int, *, processes: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pictures 0 to n - 1 of a seed: images uint8 [n, 28, 28] and labels uint8 [n], NO_CLASS for no digit.

    Parameters: `processes` how many draw, by default as many as there are cores and work for them; they draw the
    same whatever their number.
    """
    if processes is None:
        processes = max(1, min(processor.cores(), n // _WORTH_A_PROCESS))
    if processes == 1:
        return _range(seed, 0, n)
    edges = [n * i // processes for i in range(processes + 1)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "lenet_tf1.data.hands.drawing", str(seed), str(first), str(last)],
            stdout=subprocess.PIPE,
            env=environment,
        )
        for first, last in itertools.pairwise(edges)
    ]
    images, labels = np.empty([n, 28, 28], np.uint8), np.empty(n, np.uint8)
    try:
        for worker, (first, last) in zip(workers, itertools.pairwise(edges), strict=True):
            data, _ = worker.communicate()
            if worker.returncode:
                raise RuntimeError(f"drawing pictures {first} to {last} ended with exit code {worker.returncode}")
            flat = np.frombuffer(data, np.uint8)
            images[first:last] = flat[: (last - first) * 784].reshape(-1, 28, 28)
            labels[first:last] = flat[(last - first) * 784 :]
    finally:
        for worker in workers:  # of which one has failed, or Ctrl-C has come
            worker.kill()
            worker.wait()
    return images, labels


def _range(seed: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.empty([last - first, 28, 28], np.uint8), np.empty(last - first, np.uint8)
    for i in range(last - first):
        images[i], labels[i] = picture(seed, first + i)
    return images, labels


def main() -> None:
    """A worker: see the module's docstring."""
    cv2.setNumThreads(1)  # there is a process for every core
    for array in _range(*map(int, sys.argv[1:4])):
        sys.stdout.buffer.write(array.tobytes())


if __name__ == "__main__":
    main()
