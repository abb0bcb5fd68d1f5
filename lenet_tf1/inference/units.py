"""What a network's units look for: the picture that excites each one most, and the images of a split that do."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.normalize import SIDE
from lenet_tf1.data.splits import Split
from lenet_tf1.graph.layers import stable_hash
from lenet_tf1.graph.model import Model
from lenet_tf1.inference.attribution import last_convolution
from lenet_tf1.inference.metrics import run_split

# The ascent's regularisation: steps of one length, a little blurring and fading after each. Without it pictures are
# noise that excites units as much.
_STEPS = 100
_LENGTH = 1.0  # of a step, as Euclidean distance of pixels in 0..1
_FADING = 0.04  # of the ink, in each step
_BLUR = 0.08  # of each pixel goes to its neighbours
_NOISE = 0.2  # the highest pixel of what it begins with
_AT_ONCE = 64  # pictures in a run of the session


class Units(NamedTuple):
    """What is added to a network's graph to find out what the units of one scope look for.

    Attributes
    ----------
    model : Model
    scope : str
    total : int
        The number of units: of maps, or of single units in a dense layer.
    excitation : float32 [n, total]
        Of a map, its highest value.
    wanted : placeholder, int32 [n]
        The unit that each picture is made for.
    seed : placeholder, int64 []
    start : float32 [n, 784]
        Noise to begin with, of each wanted unit.
    step : float32 [n, 784]
        The pictures after one step up. Of a map it is the value in the middle that grows.
    """

    model: Model
    scope: str
    total: int
    excitation: tf.Tensor
    wanted: tf.Tensor
    seed: tf.Tensor
    start: tf.Tensor
    step: tf.Tensor


def add_units(model: Model, scope: str | None = None) -> Units:
    """Add the ascent to the model's graph, for the scope's units or, if none is named, the last convolution's.

    Raises
    ------
    InputError
        If there is no such scope.
    """
    scopes = list(model.endpoints)[1:]
    if scope is None:
        scope = last_convolution(model) or scopes[-1]
    if scope not in scopes:
        raise InputError(f"there is no scope {scope} with units; there are {', '.join(scopes)}")
    end = model.endpoints[scope]
    count = int(end.shape[-1])
    with model.x.graph.as_default(), tf.name_scope("units"):
        before = end.op.inputs[0] if end.op.type == "Relu" else end  # a unit that is off has no gradient after it
        excitation = tf.reduce_max(end, axis=[1, 2]) if end.shape.rank == 4 else end
        middle = before[:, end.shape[1] // 2, end.shape[2] // 2] if end.shape.rank == 4 else before
        wanted = tf.placeholder(tf.int32, [None], name="wanted")
        seed = tf.placeholder(tf.int64, [], name="seed")
        key = tf.stack([seed, tf.constant(stable_hash(scope), tf.int64)])
        noise = tf.random.stateless_uniform([count, SIDE**2], key, maxval=_NOISE)
        gradient = tf.gradients(tf.gather(middle, wanted, batch_dims=1), model.x)[0]
        step = _calmed(model.x + _LENGTH * tf.math.l2_normalize(gradient, axis=1))
    return Units(model, scope, count, excitation, wanted, seed, tf.gather(noise, wanted), step)


def _calmed(x: tf.Tensor) -> tf.Tensor:
    # Pictures float32 [n, 784], a little blurred, a little faded, and in 0..1 again.
    kernel = np.outer([_BLUR / 2, 1 - _BLUR, _BLUR / 2], [_BLUR / 2, 1 - _BLUR, _BLUR / 2]).astype(np.float32)
    blurred = tf.nn.conv2d(tf.reshape(x, [-1, SIDE, SIDE, 1]), kernel[..., None, None], strides=1, padding="SAME")
    return tf.clip_by_value((1 - _FADING) * tf.reshape(blurred, [-1, SIDE**2]), 0, 1)


def maximise(session: tf.Session, units: Units, numbers: Sequence[int] | np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Pictures that excite units, float32 [n, 28, 28] in 0..1: the same seed makes the same bits.

    Parameters
    ----------
    session : tf.Session
        On the model's graph.
    units : Units
    numbers : integers [n]
        Of the units.
    seed : int
        Of the noise that the ascent begins with.

    References
    ----------
    Erhan, Bengio, Courville and Vincent, "Visualizing higher-layer features of a deep network", 2009.

    Yosinski, Clune, Nguyen, Fuchs and Lipson, "Understanding neural networks through deep visualization", 2015: the
    regularisation.
    """
    pictures = []
    for part in np.split(np.asarray(numbers, np.int32), range(_AT_ONCE, len(numbers), _AT_ONCE)):
        x = session.run(units.start, {units.wanted: part, units.seed: seed})
        for _ in range(_STEPS):
            x = session.run(units.step, {units.model.x: x, units.wanted: part})
        pictures.append(x.reshape(-1, SIDE, SIDE))
    return np.concatenate(pictures)


def most_exciting(
    session: tf.Session, units: Units, split: Split, numbers: Sequence[int] | np.ndarray, *, count: int = 9
) -> np.ndarray:
    """The numbers of the images of the split that excite each unit most, int64 [units, count], the first one most."""
    (excitation,) = run_split(session, units.model, [units.excitation], split)
    return np.argsort(-excitation[:, numbers], axis=0, kind="stable")[:count].T
