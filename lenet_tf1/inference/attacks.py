"""Noise that fools a network, within a bound on each pixel: in one step, in many, and one noise for all images."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import one_hot
from lenet_tf1.graph.adversarial import RATE, margin
from lenet_tf1.graph.model import Model

_AT_ONCE = 250  # images in a run of the session
_NOISE_STEPS = 100  # of the search for one noise
_NOISE_BATCH = 100  # images that one of them looks at
_NOISE_RATE = 0.1  # of epsilon, the length of one


class Attack(NamedTuple):
    """What is added to a network's graph to fool it; `model.y` is one-hot.

    Attributes
    ----------
    model : Model
    uphill : float32 [n, 784]
        Minus the gradient of the class's margin over the others.
    towards : float32 [n, 784]
        Minus the gradient of the cross-entropy, by which images become more like a class, the unlike ones most.
    """

    model: Model
    uphill: tf.Tensor
    towards: tf.Tensor


def add_attack(model: Model) -> Attack:
    """Add the gradients to the model's graph."""
    with model.x.graph.as_default(), tf.name_scope("attack"):
        uphill = -tf.gradients(margin(model.logits, model.y), model.x)[0]
        towards = -tf.gradients(model.losses, model.x)[0]
    return Attack(model, uphill, towards)


def fast_gradient_sign(
    session: tf.Session, attack: Attack, x: np.ndarray, labels: np.ndarray, epsilon: float
) -> np.ndarray:
    """One step of epsilon in every pixel, by the sign of its gradient.

    Parameters
    ----------
    session : tf.Session
        On the model's graph.
    attack : Attack
    x : ndarray
        Images, float32 [n, 784] in 0..1.
    labels : ndarray
        Integers [n].
    epsilon : float
        The most that a pixel changes, in 0..1.

    Returns
    -------
    ndarray
        float32 [n, 784] in 0..1.

    References
    ----------
    Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015.
    """

    def step(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        gradient = session.run(attack.uphill, {attack.model.x: x, attack.model.y: y})
        return _within(x + epsilon * np.sign(gradient), x, epsilon)

    return _in_parts(step, x, _one_hot(attack, labels))


def projected_gradient(
    session: tf.Session,
    attack: Attack,
    x: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    *,
    steps: int = 20,
    restarts: int = 1,
    seed: int = 0,
) -> np.ndarray:
    """Many small steps by the gradient's sign, from random starts, until the answer is wrong.

    Parameters and what is returned are those of `fast_gradient_sign`. An image that is wrong already stays as it is;
    so does one that was fooled, in later restarts.

    References
    ----------
    Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards deep learning models resistant to adversarial attacks", ICLR
    2018.
    """
    model = attack.model
    rate = RATE * epsilon / steps

    def climb(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
        for _ in range(steps):
            right, uphill = session.run([model.correct, attack.uphill], {model.x: at, model.y: y})
            if not right.any():
                break
            moved = _within(at + rate * np.sign(uphill), x, epsilon)
            # Where every unit is off nothing leads anywhere: half the way back. It would only seem to withstand.
            moved = np.where(uphill.any(axis=1)[:, None], moved, (at + x) / 2)
            at = np.where(right[:, None], moved, at)
        return at

    y, found = _one_hot(attack, labels), x.copy()
    for restart in range(restarts):
        noise = np.random.default_rng([seed, restart]).uniform(-epsilon, epsilon, x.shape).astype(np.float32)
        left = np.flatnonzero(is_right(session, attack, found, labels))
        if not len(left):
            break
        found[left] = _in_parts(climb, x[left], y[left], _within(x[left] + noise[left], x[left], epsilon))
    return found


def one_noise(
    session: tf.Session, attack: Attack, x: np.ndarray, label: int, epsilon: float, *, seed: int = 0
) -> np.ndarray:
    """One noise that makes a class of any image, learnt from images of other classes.

    Parameters
    ----------
    session, attack, epsilon
        As for `fast_gradient_sign`.
    x : ndarray
        Images to learn from, float32 [n, 784] in 0..1.
    label : int
        The number of the class.
    seed : int
        Of which images each step looks at.

    Returns
    -------
    ndarray
        float32 [784] in -epsilon..epsilon: add it to an image, and cut the sum off at 0 and 1.

    References
    ----------
    Moosavi-Dezfooli, Fawzi, Fawzi and Frossard, "Universal adversarial perturbations", CVPR 2017.
    """
    model, noise, rng = attack.model, np.zeros(x.shape[1], np.float32), np.random.default_rng([seed, label])
    y = _one_hot(attack, np.full(_NOISE_BATCH, label))
    for _ in range(_NOISE_STEPS):
        some = x[rng.integers(len(x), size=_NOISE_BATCH)]
        towards = session.run(attack.towards, {model.x: np.clip(some + noise, 0, 1), model.y: y})
        noise = np.clip(noise + _NOISE_RATE * epsilon * np.sign(towards.mean(axis=0)), -epsilon, epsilon)
    return noise.astype(np.float32)


def answers(session: tf.Session, attack: Attack, x: np.ndarray) -> np.ndarray:
    """The class's number for each image, int64 [n]."""
    return _in_parts(lambda part: session.run(attack.model.predictions, {attack.model.x: part}), x)


def is_right(session: tf.Session, attack: Attack, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether each image is taken for what it is, bool [n]."""
    return answers(session, attack, x) == labels


def _within(moved: np.ndarray, x: np.ndarray, epsilon: float) -> np.ndarray:
    return np.clip(np.clip(moved, x - epsilon, x + epsilon), 0, 1).astype(np.float32)


def _one_hot(attack: Attack, labels: np.ndarray) -> np.ndarray:
    return one_hot(labels, int(attack.model.y.shape[1]))


def _in_parts(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    # The function's answers [n, ...] for arrays [n, ...], some images at a time.
    cuts = range(_AT_ONCE, len(arrays[0]), _AT_ONCE)
    return np.concatenate([function(*parts) for parts in zip(*(np.split(a, cuts) for a in arrays), strict=True)])
