"""The graph that is exported: pictures in, probabilities and classes out, without dropout, loss and labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import open_session
from lenet_tf1.graph.layers import for_inference, frozen
from lenet_tf1.graph.networks import find_network
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.inference.frozen import confidence_of, read_weights
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint, ForeignCheckpoint

IMAGES, PROBABILITIES, CLASSES = "images", "probabilities", "classes"  # the names of its input and its outputs


@dataclass(frozen=True)
class InferenceGraph:
    """A network with its weights, as other runtimes take it.

    Its input is `images`, float32 [n, 28, 28, 1] in 0..1, 0 background and 1 ink; its outputs are `probabilities`,
    float32 [n, classes], and `classes`, int64 [n].

    Attributes
    ----------
    recipe : Recipe
    weights : dict of str -> float32 array
        By the variables' names.
    graph_def : tf.GraphDef
        With constants for weights.
    confidence : Confidence
        What its probabilities mean, as its run has found on validation.
    """

    recipe: Recipe
    weights: dict[str, np.ndarray]
    graph_def: tf.GraphDef
    confidence: Confidence

    def save_with_variables(self, prefix: Path) -> None:
        """Write the same graph with variables for weights, as a Saver does: PREFIX.meta, PREFIX.index, PREFIX.data-*.

        Raises
        ------
        tf.errors.OpError, OSError
            If the disk doesn't take it.
        """
        with tf.Graph().as_default() as graph, for_inference():
            _build(self.recipe)
            saver = tf.train.Saver()
            with open_session(graph, "fp32") as session:
                _fill(session, self.weights)
                saver.save(session, str(prefix), write_state=False)


def inference_graph(checkpoint: Checkpoint | ForeignCheckpoint) -> InferenceGraph:
    """The graph of a checkpoint's network. Raises InputError if the checkpoint doesn't fit it."""
    weights = read_weights(checkpoint)
    with tf.Graph().as_default() as graph:
        with frozen(weights):
            _build(checkpoint.recipe)
        graph_def = graph.as_graph_def()
        if tf.global_variables():  # of a network that made them without get_variable
            with open_session(graph, "fp32") as session:
                _fill(session, weights)
                graph_def = tf.graph_util.convert_variables_to_constants(session, graph_def, [PROBABILITIES, CLASSES])
    return InferenceGraph(checkpoint.recipe, weights, graph_def, confidence_of(checkpoint))


def _build(recipe: Recipe) -> None:
    # Neither build_model's placeholder with 784 pixels nor what needs labels.
    images = tf.placeholder(tf.float32, [None, 28, 28, 1], name=IMAGES)
    with tf.name_scope("pixels"):
        x = tf.reshape(images, [-1, 784])
    endpoints = find_network(recipe.network)(x, classes=len(recipe.classes), seed=recipe.seed)
    logits = list(endpoints.values())[-1]
    tf.nn.softmax(logits, name=PROBABILITIES)
    tf.argmax(logits, axis=1, name=CLASSES)


def _fill(session: tf.Session, weights: dict[str, np.ndarray]) -> None:
    variables = tf.global_variables()
    values = {variable.initial_value: weights[variable.op.name] for variable in variables}
    session.run([variable.initializer for variable in variables], values)
