"""A network between its placeholders and its measures: what training and evaluation share."""

from dataclasses import dataclass

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.layers import DROPOUT_SEEDS, KEEP_PROBS
from lenet_tf1.graph.networks import NETWORKS


@dataclass(frozen=True)
class Model:
    """Tensors of one graph; n is the size of the batch that is fed, c the number of classes.

    x              placeholder, float32 [n, 784], pixels in 0..1
    y              placeholder, float32 [n, c], labels one-hot
    endpoints      each layer's output by scope name, in order
    logits         float32 [n, c], the last endpoint
    probabilities  float32 [n, c], each row sums to one
    predictions    int64 [n]
    losses         float32 [n], cross-entropy of each image in nats
    loss           float32 scalar, its mean
    correct        bool [n]
    accuracy       float32 scalar in 0..1
    """

    x: tf.Tensor
    y: tf.Tensor
    endpoints: dict
    logits: tf.Tensor
    probabilities: tf.Tensor
    predictions: tf.Tensor
    losses: tf.Tensor
    loss: tf.Tensor
    correct: tf.Tensor
    accuracy: tf.Tensor

    @property
    def drops(self):
        """Whether the network has dropout."""
        return bool(self.x.graph.get_collection(KEEP_PROBS))

    def dropout_feed(self, keep_prob, seed, step):
        """What to feed for dropout in training step `step`; with nothing fed every element is kept."""
        graph = self.x.graph
        feed = dict.fromkeys(graph.get_collection(KEEP_PROBS), keep_prob)
        return feed | {placeholder: [seed, step] for placeholder in graph.get_collection(DROPOUT_SEEDS)}


def build_model(network, *, classes, seed=0, x=None):
    """Build the named network with its loss and accuracy in the default graph, and return the Model.

    The network reads `x`, float32 [n, 784], wherever the placeholder is not fed.
    """
    if x is None:
        x = tf.placeholder(tf.float32, [None, 784], name="x")
    else:
        x = tf.placeholder_with_default(x, [None, 784], name="x")
    y = tf.placeholder(tf.float32, [None, classes], name="y")
    endpoints = NETWORKS[network](x, classes=classes, seed=seed)
    logits = list(endpoints.values())[-1]
    probabilities = tf.nn.softmax(logits, name="probabilities")
    with tf.name_scope("loss"):
        losses = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
    with tf.name_scope("accuracy"):
        predictions = tf.argmax(logits, axis=1)
        correct = tf.equal(predictions, tf.argmax(y, axis=1))
        accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
    return Model(x, y, endpoints, logits, probabilities, predictions, losses, loss, correct, accuracy)
