"""A checkpoint's network, restored: what evaluate, predict, plot and the page ask."""

import functools

import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import config_pb2

from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.layers import frozen
from lenet_tf1.graph.model import build_model
from lenet_tf1.machine import choose_precision, open_session


class Restored:
    """A network with the weights of a checkpoint, frozen, in a graph and a session of its own.

    recipe   what it was trained with
    model    the Model
    session  a Session, which threads may share

    Use it as a context manager, or close the session. Raises InputError if the checkpoint doesn't fit.
    """

    def __init__(self, checkpoint):
        self.recipe = checkpoint.recipe
        # A network that was trained in bf16 is asked in fp32 where there is none.
        precision = "fp32" if self.recipe.precision == "fp32" else choose_precision("auto")
        build = functools.partial(build_model, self.recipe.network, classes=len(self.recipe.classes))
        with tf.Graph().as_default() as graph, open_session(graph, precision) as session:
            build()
            variables = tf.global_variables()
            checkpoint.restore(session, variables)
            weights = session.run({variable.op.name: variable for variable in variables})
        with tf.Graph().as_default() as graph:
            with frozen(weights):
                self.model = build()
            self.session = open_session(graph, precision)
            others = tf.global_variables()  # of a network that made them without get_variable
            values = {variable.initial_value: weights[variable.op.name] for variable in others}
            self.session.run([variable.initializer for variable in others], values)
        graph.finalize()
        options = config_pb2.CallableOptions(feed=[self.model.x.name], fetch=[self.model.probabilities.name])
        options.run_options.inter_op_thread_pool = -1  # the thread that asks
        # What Session.make_callable promises, and delivers in this form alone: a run without Session.run's own work.
        self._probabilities = self.session._make_callable_from_options(options)

    def classify(self, x):
        """The probabilities, float32 [n, classes], of images float32 [n, 784] in 0..1: what a run of the session
        answers, for a single image in two thirds of the time."""
        return self._probabilities(x)[0]

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
