"""How sure a network is: probabilities set right by a temperature, and the one below which an answer is doubted."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lenet_tf1.inference.metrics import Calibration, calibrate
from lenet_tf1.runs import directory

REJECTED = 0.01  # of the validation images: what a threshold is chosen to reject
_COOLEST, _HOTTEST = 0.1, 10.0  # temperatures
_DIFFERENCE = 1e-3  # of the logarithms of temperatures, below which a search ends
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Confidence:
    """What probabilities mean.

    Attributes
    ----------
    temperature : float
        What logits are divided by, so that probabilities are shares of right answers: above 1 for a network that is
        too sure, below 1 for one that was trained to doubt.
    threshold : float
        The probability, after that, below which an answer is doubted, in 0..1.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
    """

    temperature: float = 1.0
    threshold: float = 0.5

    def calibrated(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities float [n, classes] as they are at this temperature: float32 of the same shape."""
        logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) / self.temperature
        return softmax(logits).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """The probabilities of logits float [..., classes], of the same shape and type."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def choose(probabilities: np.ndarray, labels: np.ndarray, rejected: float = REJECTED) -> Confidence:
    """The Confidence for a network that makes these of the validation images.

    The temperature is the one with the least cross-entropy. The threshold rejects that share of the images.

    Parameters
    ----------
    probabilities : ndarray
        Float [n, classes].
    labels : ndarray
        Integers [n].
    rejected : float
        In 0..1.
    """

    def loss(logarithm: float) -> float:
        p = Confidence(math.exp(logarithm)).calibrated(probabilities)[np.arange(len(labels)), labels]
        return -float(np.log(np.maximum(p, np.finfo(np.float32).tiny)).mean(dtype=np.float64))

    # Cross-entropy has one minimum in the temperature: Kiefer's golden-section search.
    low, high = math.log(_COOLEST), math.log(_HOTTEST)
    while high - low > _DIFFERENCE:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    temperature = round(math.exp((low + high) / 2), 3)
    surest = Confidence(temperature).calibrated(probabilities).max(axis=1)
    return Confidence(temperature, round(float(np.quantile(surest, rejected)), 4))


def of_run(run_dir: Path) -> Confidence:
    """The Confidence that a finished run chose on validation; without one, that of a network as it is."""
    told = (directory.read_result(run_dir) or {}).get("confidence")
    told = told if isinstance(told, dict) else {}
    temperature, threshold = (_number(told.get(name)) for name in ("temperature", "threshold"))
    if _COOLEST <= temperature <= _HOTTEST and 0 <= threshold <= 1:
        return Confidence(temperature, threshold)
    return Confidence()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


class Rejection:
    """What happens on a split when the least sure answers are left out.

    Parameters
    ----------
    confidence : Confidence
        Chosen on validation.
    probabilities : ndarray
        Float [n, classes], calibrated.
    labels : ndarray
        Integers [n].

    Attributes
    ----------
    confidence : Confidence
    surest : ndarray
        Float [n], the probability of each answer.
    right : ndarray
        Bool [n].
    """

    def __init__(self, confidence: Confidence, probabilities: np.ndarray, labels: np.ndarray) -> None:
        self.confidence = confidence
        self.surest = probabilities.max(axis=1)
        self.right = probabilities.argmax(axis=1) == labels

    @property
    def rejected(self) -> float:
        """The share of the images below the threshold, in 0..1."""
        return float((self.surest < self.confidence.threshold).mean())

    @property
    def accuracy(self) -> float:
        """That of the others; nan if there are none."""
        answered = self.surest >= self.confidence.threshold
        return float(self.right[answered].mean()) if answered.any() else math.nan

    @property
    def calibration(self) -> Calibration:
        """How often answers are right, by how sure they are."""
        return calibrate(self.surest, self.right)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Answered shares of the images, 1/n to 1, and the accuracy of these, the surest: float64 [n] each."""
        order = np.argsort(-self.surest, kind="stable")
        counts = np.arange(1, len(order) + 1)
        return counts / len(order), np.cumsum(self.right[order]) / counts

    def accuracy_without(self, share: float) -> float:
        """The accuracy when that share of the images is rejected, in 0..1 and less than 1."""
        _, accuracy = self.curve()
        return float(accuracy[max(0, round((1 - share) * len(accuracy)) - 1)])


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """How well a score tells two kinds apart: the chance that one of `inside` has the higher, a tie counting half."""
    ordered = np.sort(outside)
    below, upto = np.searchsorted(ordered, inside, "left"), np.searchsorted(ordered, inside, "right")
    return float((below + upto).mean() / (2 * len(ordered)))


def false_positives(inside: np.ndarray, outside: np.ndarray, share: float = 0.95) -> float:
    """The share of `outside` that scores as high as that share of `inside`."""
    return float((outside >= np.quantile(inside, 1 - share)).mean())
