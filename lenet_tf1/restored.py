"""A checkpoint's network, restored: what evaluate, predict, plot and the page ask."""

import tensorflow.compat.v1 as tf

from lenet_tf1.graph.model import build_model
from lenet_tf1.machine import choose_precision, open_session


class Restored:
    """A network in a graph and a session of its own, with the weights of a checkpoint.

    recipe   what it was trained with
    model    the Model
    session  a Session, which threads may share
    weights  each trainable variable by name

    Use it as a context manager, or close the session. Raises InputError if the checkpoint doesn't fit.
    """

    def __init__(self, checkpoint):
        self.recipe = checkpoint.recipe
        # A network that was trained in bf16 is asked in fp32 where there is none.
        precision = "fp32" if self.recipe.precision == "fp32" else choose_precision("auto")
        with tf.Graph().as_default() as graph:
            self.model = build_model(self.recipe.network, classes=len(self.recipe.classes))
            self.weights = {variable.op.name: variable for variable in tf.trainable_variables()}
            self.session = open_session(graph, precision)
            with self.session.as_default():
                checkpoint.restore(self.session, list(self.weights.values()))
        graph.finalize()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.session.close()
