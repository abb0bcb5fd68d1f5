"""A network between its placeholders and its measures: what training and evaluation share."""

from dataclasses import dataclass
from typing import Any

import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.graph.layers import DROPOUT_SEEDS, KEEP_PROBS
from lenet_tf1.graph.networks import find_network


@dataclass(frozen=True)
class Model:
    """Tensors of one graph; n is the size of the batch that is fed, c the number of classes.

    Attributes
    ----------
    x : placeholder, float32 [n, 784]
        Pixels in 0..1.
    y : placeholder, float32 [n, c]
        One-hot labels.
    endpoints : dict of str -> tf.Tensor
        Each layer's output by scope name, in order.
    logits : float32 [n, c]
        The last endpoint.
    probabilities : float32 [n, c]
        Softmax of the logits: each row sums to one.
    predictions : int64 [n]
    losses : float32 [n]
        Cross-entropy of each image in nats.
    loss : float32 scalar
        The mean of `losses`.
    correct : bool [n]
    accuracy : float32 scalar
        In 0..1.
    """

    x: tf.Tensor
    y: tf.Tensor
    endpoints: dict[str, tf.Tensor]
    logits: tf.Tensor
    probabilities: tf.Tensor
    predictions: tf.Tensor
    losses: tf.Tensor
    loss: tf.Tensor
    correct: tf.Tensor
    accuracy: tf.Tensor

    @property
    def drops(self) -> bool:
        """Whether the network has dropout."""
        return bool(self.x.graph.get_collection(KEEP_PROBS))

    def dropout_feed(self, keep_prob: float, seed: int, step: int) -> dict[tf.Tensor, Any]:
        """What to feed for dropout in training step `step`; with nothing fed every element is kept."""
        graph = self.x.graph
        feed: dict[tf.Tensor, Any] = dict.fromkeys(graph.get_collection(KEEP_PROBS), keep_prob)
        return feed | {placeholder: [seed, step] for placeholder in graph.get_collection(DROPOUT_SEEDS)}


def build_model(
    network: str, *, classes: int, seed: int = 0, x: tf.Tensor | None = None, y: tf.Tensor | None = None
) -> Model:
    """Build a network with its loss and accuracy in the default graph.

    Parameters
    ----------
    network : str
        Its name, for `find_network`.
    classes : int
    seed : int
        Of the initial weights.
    x : float32 [n, 784], optional
        What the network reads whenever the placeholder `x` is not fed.
    y : placeholder, float32 [n, classes], optional
        That of the labels, if there is one already.

    Raises
    ------
    InputError
        If there is no such network, or if it doesn't return a dict whose last value is logits.
    """
    function = find_network(network)
    if x is None:
        x = tf.placeholder(tf.float32, [None, 784], name="x")
    else:
        x = tf.placeholder_with_default(x, [None, 784], name="x")
    if y is None:
        y = tf.placeholder(tf.float32, [None, classes], name="y")
    endpoints = function(x, classes=classes, seed=seed)
    logits = _logits(network, endpoints, classes)
    probabilities = tf.nn.softmax(logits, name="probabilities")
    with tf.name_scope("loss"):
        losses = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
    with tf.name_scope("accuracy"):
        predictions = tf.argmax(logits, axis=1)
        correct = tf.equal(predictions, tf.argmax(y, axis=1))
        accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    return Model(x, y, endpoints, logits, probabilities, predictions, losses, loss, correct, accuracy)


def variable_shapes(network: str, classes: int) -> dict[str, list[int]]:
    """The variables of a network, in the order in which it makes them: name -> list of dimensions."""
    with tf.Graph().as_default():
        build_model(network, classes=classes)
        return {variable.op.name: variable.shape.as_list() for variable in tf.global_variables()}


def _logits(network: str, endpoints: Any, classes: int) -> tf.Tensor:
    # The last endpoint, if a network of one's own returned what every network must.
    wanted = f"a dict of endpoints, the last one the logits, float32 [batch, {classes}]"
    if not isinstance(endpoints, dict) or not endpoints:
        kind = "an empty dict" if isinstance(endpoints, dict) else type(endpoints).__name__
        raise InputError(f"the network {network} must return {wanted}, not {kind}")
    name, logits = list(endpoints.items())[-1]
    if not isinstance(logits, tf.Tensor):
        raise InputError(f"the network {network} must return {wanted}; {name} is of type {type(logits).__name__}")
    shape = logits.shape
    per_image = shape.rank is None or (shape.rank == 2 and shape[0] is None and shape[1] in (None, classes))
    if logits.dtype != tf.float32 or not per_image:
        kind = str(shape if shape.rank is None else shape.as_list()).replace("None", "batch")
        raise InputError(f"the network {network} must return {wanted}; {name} is {logits.dtype.name} {kind}")
    return logits
