"""What a training is of: where its batches come from, what is minimised, and how well it is done.

The stepper and the loop know a Task and nothing else of images, labels or pages.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.runs.checkpoints import Checkpoint


class BatchSource(Protocol):
    """Batches by their number in an epoch."""

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """What the step of that number feeds."""


class Score(NamedTuple):
    """How well a network does on a split: the mean `loss`, and the `accuracy` in 0..1."""

    loss: float
    accuracy: float


class Tested(NamedTuple):
    """What the test set says: the `score`, and the `line` that tells it; and the `confidence` chosen on validation."""

    score: Score
    line: str
    confidence: Confidence | None = None


class Learner(Protocol):
    """The part of a training graph that the task makes.

    Attributes
    ----------
    loss : tf.Tensor
        Float32 scalar, what training minimises.
    shown_loss : tf.Tensor
        Float32 scalar, what the curves show.
    correct : tf.Tensor
        Bool [n], what training accuracy is counted from.
    average_decay : float or None
        Of the moving average of all variables, if there is to be one; see graph.training.add_training.
    """

    loss: tf.Tensor
    shown_loss: tf.Tensor
    correct: tf.Tensor
    average_decay: float | None

    def feed(self, x: np.ndarray, y: np.ndarray, step: int) -> Mapping[tf.Tensor, Any]:
        """What the step of that number feeds for a batch."""

    def counted(self, correct: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Of the values of `correct`, bool [n], those that count."""


class Task(Protocol):
    """What is learnt.

    Attributes
    ----------
    images : int
        How many there are for training, in an epoch.
    digest : str
        SHA-256 of all that training looks at.
    """

    images: int
    digest: str

    @property
    def counts(self) -> str:
        """How many there are of what, in words."""

    def learner(self) -> Learner:
        """Add what is to be learnt to the default graph."""

    def batches(self, epoch: int) -> BatchSource:
        """The batches of an epoch, a function of the recipe's seed and the epoch."""

    def validate(self, session: tf.Session, learner: Any) -> Score:
        """How well the network in training does on what it isn't trained on."""

    def restore(self, checkpoint: Checkpoint) -> Any:
        """The network of a checkpoint, restored to be run: a context manager."""

    def test(self, network: Any) -> Tested:
        """What the test set says of a restored network."""
