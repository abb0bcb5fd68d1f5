"""The page reader's task: where digits are on synthetic pages, and which they are.

What is measured, and what predict uses, are the weights' moving averages.
"""

import hashlib
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import cv2
import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import open_session
from lenet_tf1.data.datasets import load
from lenet_tf1.data.pages import page as pages
from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.splits import Split
from lenet_tf1.graph.reader import losses, reader
from lenet_tf1.graph.training import AVERAGE
from lenet_tf1.inference.frozen_reader import averages, frozen_reader
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint
from lenet_tf1.training.task import Score, Tested

PAGES = 240  # for validation, and as many for the test
VALIDATION_SEED, TEST_SEED = 1_000_003, 1_000_033
TRAINING_SCALE, MEASURING_SCALE = 1.0, 0.15  # of how many glyphs are drawn
DECAY = 0.998  # of the weights' moving average
_WORDLESS = 2 / 3  # of a training from nothing: with words from its first step on, photographs are read less well
_AHEAD = 6  # batches that are made before they are needed
_AT_ONCE = 24  # pages that are measured together
_HEAT = 0.4  # from which on a peak is a digit
_MIDDLE = 0.999  # of the wanted heat: a digit's middle has more

Batch = tuple[np.ndarray, np.ndarray]


class PageBatches:
    """Batches of pages, a few of them made ahead by a thread.

    The thread ends when the last batch is taken, or when nobody has this object any more.

    Parameters
    ----------
    make : callable
        From a batch's number, from 0 on, to the batch.
    count : int
        How many there are.
    """

    def __init__(self, make: Callable[[int], Batch], count: int) -> None:
        self._make, self._count = make, count
        self._waiting: dict[int, Future[Batch]] = {}
        self._executor = ThreadPoolExecutor(1, "pages")
        self._close = weakref.finalize(self, self._executor.shutdown, wait=False, cancel_futures=True)

    def __getitem__(self, index: int) -> Batch:
        if not 0 <= index < self._count:
            raise IndexError(index)
        if not self._close.alive:
            return self._make(index)
        for ahead in range(index, min(index + _AHEAD, self._count)):
            if ahead not in self._waiting:
                self._waiting[ahead] = self._executor.submit(self._make, ahead)
        made = self._waiting.pop(index).result()
        if index == self._count - 1:
            self._waiting.clear()
            self._close()
        return made


class FixedPages:
    """Pages to measure with, always the same.

    Parameters
    ----------
    digits : Split
        What they are written with, besides what is drawn: MNIST's digits that aren't trained on.
    seed : int

    Attributes
    ----------
    seen : ndarray
        Float32 [n, 160, 160, 1], as the network sees them.
    wanted : ndarray
        Float32 [n, 40, 40, 8], their targets.
    """

    def __init__(self, digits: Split, seed: int) -> None:
        glyphs = Glyphs(digits.images, digits.labels, seed, scale=MEASURING_SCALE)
        self.seen, self.wanted = pages.batch(glyphs, seed, 0, PAGES)

    def counts(self, heat: np.ndarray, digit: np.ndarray) -> tuple[int, int]:
        """How many of the digits are found and named right, and how many there are.

        A digit is found if there is a peak at its middle or at one of the eight places around it.

        Parameters
        ----------
        heat, digit : ndarray
            Float32 [n, 40, 40, 1] and [n, 40, 40, 10], logits.
        """
        p = 0.5 + 0.5 * np.tanh(0.5 * heat[..., 0])  # the sigmoid, which overflows nowhere
        peaks = (p >= _spread(p)) & (p > _HEAT)
        middles = (self.wanted[..., pages.HEAT] > _MIDDLE) & (self.wanted[..., pages.WEIGHT] > 0)
        found = middles & (_spread(peaks.astype(np.uint8)) > 0)
        right = found & (digit.argmax(axis=-1) == self.wanted[..., pages.LABEL])
        return int(right.sum()), int(middles.sum())


def _spread(maps: np.ndarray) -> np.ndarray:
    # The highest value of each place and of the eight around it.
    return np.stack([cv2.dilate(one, np.ones([3, 3], np.uint8)) for one in maps])


class ReaderNetwork:
    """The page reader's network with weights that are given, in a graph and a session of its own.

    It computes in float32, whatever training computes in: a run that goes on elsewhere measures the same. Use it as a
    context manager, or close it.

    Parameters
    ----------
    weights : mapping
        Of the variables' names.

    Attributes
    ----------
    session : tf.Session
    """

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        with tf.Graph().as_default() as graph:
            self._x, ends = frozen_reader(weights)
            self._wanted = _targets()
            self._fetches = [losses(ends, self._wanted).total, ends["heat"], ends["digit"]]
        graph.finalize()
        self.session = open_session(graph, "fp32")

    def measure(self, fixed: FixedPages) -> tuple[float, int, int]:
        """The mean loss on pages, how many of their digits are found and named right, and how many there are."""
        outputs = []
        for i in range(0, len(fixed.seen), _AT_ONCE):
            feed = {self._x: fixed.seen[i : i + _AT_ONCE], self._wanted: fixed.wanted[i : i + _AT_ONCE]}
            outputs.append(self.session.run(self._fetches, feed))
        loss, heat, digit = zip(*outputs, strict=True)
        return float(np.mean(loss)), *fixed.counts(np.concatenate(heat), np.concatenate(digit))

    def close(self) -> None:
        """Close the session."""
        self.session.close()

    def __enter__(self) -> "ReaderNetwork":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class PageReading:
    """A Task: the page reader's network learns to find and name the digits of synthetic pages.

    No page is seen twice: those of a step are a function of the recipe's seed and the step. They are written with
    MNIST's digits, those for validation and for the test with the digits of these splits.

    Parameters
    ----------
    recipe : Recipe

    Raises
    ------
    InputError
        For a recipe that asks for what this task doesn't have.
    """

    def __init__(self, recipe: Recipe) -> None:
        _refuse(recipe)
        self.recipe = recipe
        self.images = pages.STEPS_PER_EPOCH * recipe.batch_size
        self._digits = load("mnist", data_dir=recipe.data_dir)
        split = self._digits.train
        self._glyphs = Glyphs(split.images, split.labels, recipe.seed, scale=TRAINING_SCALE)
        self._validation: FixedPages | None = None
        # MNIST's, and that of the first pages: they differ where anything that draws pages does.
        digest = hashlib.sha256(self._digits.digest().encode())
        for part in pages.batch(self._glyphs, recipe.seed, 0, recipe.batch_size):
            digest.update(part.tobytes())
        self.digest = digest.hexdigest()

    @property
    def counts(self) -> str:
        """How many pages there are."""
        return f"{self.images:,} training pages an epoch, {PAGES:,} validation, {PAGES:,} test pages"

    def learner(self) -> "PageLearner":
        """Add the network and its losses to the default graph."""
        return PageLearner(self.recipe.seed)

    def batches(self, epoch: int) -> PageBatches:
        """The pages of an epoch, and their targets."""
        steps = pages.STEPS_PER_EPOCH
        return PageBatches(lambda index: self._batch(epoch * steps + index), steps)

    def _batch(self, step: int) -> Batch:
        recipe = self.recipe
        wordless = 0.0 if recipe.origin else _WORDLESS * recipe.last_step(pages.STEPS_PER_EPOCH)
        return pages.batch(self._glyphs, recipe.seed, step, recipe.batch_size, words=step >= wordless)

    def validate(self, session: tf.Session, learner: "PageLearner") -> Score:
        """Loss of the averaged weights on the validation pages, and the share of digits found and named right."""
        if self._validation is None:
            self._validation = FixedPages(self._digits.validation, VALIDATION_SEED)
        with ReaderNetwork(learner.averages(session)) as network:
            loss, right, total = network.measure(self._validation)
        return Score(loss, right / max(total, 1))

    def restore(self, checkpoint: Checkpoint) -> ReaderNetwork:
        """The network with the averaged weights of a checkpoint."""
        return ReaderNetwork(averages(checkpoint))

    def test(self, network: ReaderNetwork) -> Tested:
        """The same on the test pages, which are made here and nowhere else."""
        loss, right, total = network.measure(FixedPages(self._digits.test, TEST_SEED))
        share = right / max(total, 1)
        line = f"Digits found and read on {PAGES} test pages: {share:.1%} ({right}/{total})"
        return Tested(Score(loss, share), line)


def _refuse(recipe: Recipe) -> None:
    if recipe.dataset != "pages":
        raise InputError(f"the page reader learns from pages that are made as it learns, not from {recipe.dataset}")
    if recipe.keep_prob < 1:
        raise InputError(f"the network {recipe.network} has no dropout, so keep prob has to be 1")


class PageLearner:
    """A Learner: the page reader's network and its losses.

    Parameters
    ----------
    seed : int
        Of the initial weights.
    """

    average_decay: float | None = DECAY

    def __init__(self, seed: int) -> None:
        self._x = tf.placeholder(tf.float32, [None, pages.SIDE, pages.SIDE, 1], name="x")
        self._wanted = _targets()
        ends = reader(self._x, seed=seed, training=True)
        self.names = [variable.op.name for variable in tf.global_variables()]
        self.loss = self.shown_loss = losses(ends, self._wanted).total
        with tf.name_scope("accuracy"):
            wanted = self._wanted
            middles = (wanted[..., pages.HEAT] > _MIDDLE) & (wanted[..., pages.WEIGHT] > 0)
            right = tf.equal(tf.argmax(ends["digit"], axis=-1), tf.cast(wanted[..., pages.LABEL], tf.int64))
            self.correct = tf.boolean_mask(right, middles)

    def feed(self, x: np.ndarray, y: np.ndarray, step: int) -> Mapping[tf.Tensor, Any]:
        """Pages float32 [n, 160, 160, 1] and their targets float32 [n, 40, 40, 8]."""
        return {self._x: x, self._wanted: y}

    def counted(self, correct: np.ndarray, y: np.ndarray) -> np.ndarray:
        """All of them: each is a digit's."""
        return correct

    def averages(self, session: tf.Session) -> dict[str, np.ndarray]:
        """The averages of the network's variables, by the variables' names."""
        variables = {v.op.name: v for v in session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)}
        return session.run({name: variables[name + AVERAGE] for name in self.names})


def _targets() -> tf.Tensor:
    return tf.placeholder(tf.float32, [None, pages.PLACES, pages.PLACES, 8], name="targets")
