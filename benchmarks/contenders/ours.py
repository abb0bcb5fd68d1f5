"""lenet_tf1's own stepper, evaluation and frozen network."""

import dataclasses
import functools

from contenders.contender import KEEP_PROB, Contender, weights

from lenet_tf1.data.batches import as_input, one_hot


class Ours(Contender):
    """What `train`, `evaluate`, `predict` and the page call."""

    ways = dict.fromkeys(("train", "evaluate", "predict"), ("as it is",))

    def __init__(self, precision, folder, data):
        from lenet_tf1.base import console

        console.import_tensorflow()
        self.precision, self.weights, self.data, self.steppers = precision, weights(folder), data, {}

    def _stepper(self, batch_size):
        from lenet_tf1.training.classification import Classification
        from lenet_tf1.training.stepper import Stepper

        if batch_size not in self.steppers:
            recipe = dataclasses.replace(self._recipe, batch_size=batch_size)
            self.steppers[batch_size] = Stepper(recipe, Classification(recipe, self.data))
            with self.steppers[batch_size].session.graph.as_default():
                self.steppers[batch_size].begin_from(self.weights)
        return self.steppers[batch_size]

    @property
    def _recipe(self):
        from lenet_tf1.recipes import Recipe

        return Recipe("lenet", keep_prob=KEEP_PROB, precision=self.precision)

    @functools.cached_property
    def network(self):
        """As `evaluate`, `predict` and the page have it."""
        from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights

        return FrozenNetwork(HeldWeights(self._recipe, self.weights))

    def train(self, way, prepared, batch_size):
        """Take a step for each batch, made of uint8 meanwhile, as in `python -m lenet_tf1.train`."""
        stepper = self._stepper(batch_size)
        for batch in prepared:
            stepper.take(as_input(batch.images), one_hot(batch.labels, 10))

    def evaluate(self, way, split):
        """Count the correct images."""
        from lenet_tf1.inference.metrics import evaluate_split

        return evaluate_split(self.network.core_session, self.network.model, split).correct

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return self.network.probabilities(as_input(images))
