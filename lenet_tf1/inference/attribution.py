"""Why a network answers as it does: maps of the pixels that count, and the least change that turns the answer.

All of it is computed with `tf.gradients` over the endpoints that every network of the package has.
"""

from typing import NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.data.normalize import SIDE
from lenet_tf1.graph.adversarial import margin
from lenet_tf1.graph.model import Model

_PATH = 100  # points of integrated gradients' path: the tests ask for a sum within 2 % of what it should be
_WINDOW = 5  # pixels, the side of the square that occlusion hides
_AT_ONCE = 112  # images in a run of the session: the deepest network's maps of them take a hundred megabytes
_STEPS = 200  # of the search for the least change
_FIRST_REACH = 1.0  # how far from the image it begins to look, as Euclidean distance of pixels in 0..1
_GROWTH = 0.05  # by how much that distance is widened, or narrowed, in each step

GRADIENT, INTEGRATED, GRAD_CAM, OCCLUSION = "gradient", "integrated gradients", "Grad-CAM", "occlusion"
METHODS = GRADIENT, INTEGRATED, GRAD_CAM, OCCLUSION


class Attribution(NamedTuple):
    """What is added to a network's graph to ask it for reasons; `model.y`, one-hot, is the class that is asked about.

    Attributes
    ----------
    model : Model
    score : float32 [n]
        The class's logit.
    gradient : float32 [n, 784]
        Of the score for the pixels.
    towards : float32 [n, 784]
        The gradient of the class's margin over the others.
    scope : str or None
        The last convolution's; None where a network has none.
    cam : float32 [n, 28, 28] or None
        Its Grad-CAM for the class.
    """

    model: Model
    score: tf.Tensor
    gradient: tf.Tensor
    towards: tf.Tensor
    scope: str | None
    cam: tf.Tensor | None


class Change(NamedTuple):
    """The least change that makes an image one of another class.

    Attributes
    ----------
    image : ndarray
        The changed image, float32 [784] in 0..1.
    probabilities : ndarray
        What the network makes of it, float32 [classes].
    """

    image: np.ndarray
    probabilities: np.ndarray


def add_attribution(model: Model) -> Attribution:
    """Add the gradients to the model's graph."""
    with model.x.graph.as_default(), tf.name_scope("why"):
        score = tf.reduce_sum(model.logits * model.y, axis=1)  # [n]
        gradient = tf.gradients(score, model.x)[0]
        towards = tf.gradients(margin(model.logits, model.y), model.x)[0]
        scope = last_convolution(model)
        cam = None if scope is None else _grad_cam(score, model.endpoints[scope])
    return Attribution(model, score, gradient, towards, scope, cam)


def last_convolution(model: Model) -> str | None:
    """The scope of the last convolution that makes maps of more than one pixel; None if there is none."""
    for scope, maps in reversed(model.endpoints.items()):
        if maps.shape.rank == 4 and maps.shape[1:3].num_elements() != 1 and _is_convolution(model, maps):
            return scope
    return None


def _is_convolution(model: Model, maps: tf.Tensor) -> bool:
    # Whether a convolution stands between the endpoint and those before it.
    seen, waiting = {end.op for end in model.endpoints.values()}, [maps.op]
    while waiting:
        operation = waiting.pop()
        if "Conv2d" in operation.type or "Conv2D" in operation.type:
            return True
        inputs = {tensor.op for tensor in operation.inputs} - seen
        waiting += inputs
        seen |= inputs
    return False


def _grad_cam(score: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
    gradient = tf.gradients(score, maps)[0]
    weights = tf.reduce_mean(gradient, axis=[1, 2], keepdims=True)  # [n, 1, 1, maps]
    cam = tf.nn.relu(tf.reduce_sum(weights * maps, axis=3, keepdims=True))  # [n, height, width, 1]
    return tf.raw_ops.ResizeBilinear(images=cam, size=[SIDE, SIDE], half_pixel_centers=True)[..., 0]  # [n, 28, 28]


def methods_of(why: Attribution) -> list[str]:
    """The METHODS that there are for a network: without convolutions there is no Grad-CAM."""
    return [method for method in METHODS if method != GRAD_CAM or why.cam is not None]


def maps_of(
    session: tf.Session, why: Attribution, image: np.ndarray, label: int, *, ground: float = 0.0
) -> dict[str, np.ndarray]:
    """The network's maps by the names of their methods, each as `map_of` makes it."""
    return {method: map_of(session, why, image, label, method, ground=ground) for method in methods_of(why)}


def map_of(
    session: tf.Session, why: Attribution, image: np.ndarray, label: int, method: str, *, ground: float = 0.0
) -> np.ndarray:
    """A map of what in an image speaks for a class, float32 [28, 28].

    Above 0 is for the class, below 0 against it. It is in units of the logit: for the gradient, for each unit of a
    pixel; for integrated gradients, what each pixel adds to the logit of an empty image; for occlusion, by how much
    the logit falls when a square of 5 x 5 pixels around the pixel is hidden. Grad-CAM's is in units of its own.

    Parameters
    ----------
    session : tf.Session
        On the model's graph.
    why : Attribution
    image : ndarray
        Uint8 [28, 28].
    label : int
        The class's number.
    method : str
        One of `methods_of`.
    ground : float
        The empty image's pixels, in 0..1: those behind ink.

    References
    ----------
    Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks: visualising image classification models and
    saliency maps", 2014: the gradient.

    Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017: integrated gradients.

    Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV 2017.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014: occlusion.
    """
    (x,) = as_input(image[None])
    if method == GRADIENT:
        values = _run(session, why, why.gradient, x[None], label)[0]
    elif method == INTEGRATED:
        values = _integrated(session, why, x, label, ground)
    elif method == OCCLUSION:
        values = _occlusion(session, why, x, label, ground)
    else:
        values = _run(session, why, why.cam, x[None], label)[0]
    return values.reshape(SIDE, SIDE)


def _integrated(session: tf.Session, why: Attribution, x: np.ndarray, label: int, ground: float) -> np.ndarray:
    # The mean gradient at the midpoints of the parts of a straight path from the empty image.
    shares = (np.arange(_PATH, dtype=np.float32) + 0.5)[:, None] / _PATH
    gradients = _run(session, why, why.gradient, ground + shares * (x - ground), label)
    return gradients.mean(axis=0) * (x - ground)


def _occlusion(session: tf.Session, why: Attribution, x: np.ndarray, label: int, ground: float) -> np.ndarray:
    y, column = np.mgrid[:SIDE, :SIDE].reshape(2, -1, 1)
    reach = _WINDOW // 2
    within = (abs(y - y.T) <= reach) & (abs(column - column.T) <= reach)  # [784 squares, 784 pixels]
    hidden = np.where(within, np.float32(ground), x)
    return _run(session, why, why.score, x[None], label) - _run(session, why, why.score, hidden, label)


def _run(session: tf.Session, why: Attribution, fetch: tf.Tensor, x: np.ndarray, label: int) -> np.ndarray:
    # The fetch for images float32 [n, 784], asked about one class.
    y = _one(why, label)
    parts = np.split(x, range(_AT_ONCE, len(x), _AT_ONCE))
    return np.concatenate(
        [session.run(fetch, {why.model.x: part, why.model.y: np.repeat(y, len(part), axis=0)}) for part in parts]
    )


def _one(why: Attribution, label: int) -> np.ndarray:
    return one_hot(np.array([label]), int(why.model.y.shape[1]))


def least_change(session: tf.Session, why: Attribution, image: np.ndarray, label: int) -> Change | None:
    """The least change, in Euclidean distance, that is found to make an image one of the class; None if none is.

    Each step goes down the gradient and then back to a sphere around the image, which is narrowed when the answer has
    turned and widened when it hasn't.

    Parameters
    ----------
    session, why
        As for `maps_of`.
    image : ndarray
        Uint8 [28, 28].
    label : int
        The number of the class that it should be taken for.

    References
    ----------
    Rony et al., "Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses",
    CVPR 2019.
    """
    x, y = as_input(image[None]), _one(why, label)
    change, reach, best, least = np.zeros_like(x), _FIRST_REACH, None, float("inf")
    for step in range(_STEPS):
        fetches = [why.model.predictions, why.model.probabilities, why.towards]
        predictions, probabilities, gradient = session.run(fetches, {why.model.x: x + change, why.model.y: y})
        turned = predictions[0] == label
        if turned and np.linalg.norm(change) < least:
            least, best = float(np.linalg.norm(change)), Change((x + change)[0], probabilities[0])
        if not gradient.any():
            break  # nothing leads anywhere from here
        reach *= 1 - _GROWTH if turned else 1 + _GROWTH
        rate = 0.01 + 0.99 * (1 + np.cos(np.pi * step / _STEPS)) / 2  # from 1 to 0.01
        change += rate * gradient / np.linalg.norm(gradient)
        change *= reach / np.linalg.norm(change)
        change = np.clip(x + change, 0, 1) - x
    return best
