"""A checkpoint's network, restored: what evaluate, predict, plot and the page ask."""

import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.model import build_model
from lenet_tf1.machine import choose_precision, open_session


class Restored:
    """A network in a graph and a session of its own, with the weights of a checkpoint.

    recipe   what it was trained with
    model    the Model
    session  a Session, which threads may share

    Use it as a context manager, or close the session. Raises InputError if the checkpoint doesn't fit.
    """

    def __init__(self, checkpoint):
        self.recipe = checkpoint.recipe
        # A network that was trained in bf16 is asked in fp32 where there is none.
        precision = "fp32" if self.recipe.precision == "fp32" else choose_precision("auto")
        with tf.Graph().as_default() as graph:
            self.model = build_model(self.recipe.network, classes=len(self.recipe.classes))
            self.session = open_session(graph, precision)
            with self.session.as_default():
                checkpoint.restore(self.session, tf.trainable_variables())
        graph.finalize()

    def look(self, image):
        """What the network makes of one image, uint8 [28, 28].

        Returns each scope's output without the batch, by name, and the probabilities float32 [classes].
        """
        fetches = [self.model.endpoints, self.model.probabilities]
        outputs, probabilities = self.session.run(fetches, {self.model.x: as_input(image[None])})
        return {scope: output[0] for scope, output in outputs.items()}, probabilities[0]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.session.close()
