"""lenet_tf1's own stepper, evaluation and frozen network."""

import dataclasses
import functools
import tempfile
import time

from contender import KEEP_PROB, Contender, weights

from lenet_tf1.data.batches import Batches, as_input, one_hot


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

        return evaluate_split(self.network.session, self.network.model, split).correct

    def predict(self, way, images):
        """Ten probabilities of each image."""
        return self.network.probabilities(as_input(images))

    def speedrun(self, seed):
        """Train the recipe of that name; returns seconds and accuracy on the test set."""
        from lenet_tf1.inference.metrics import evaluate_split
        from lenet_tf1.recipes import find_recipe
        from lenet_tf1.training.classification import Classification
        from lenet_tf1.training.stepper import Stepper

        recipe = dataclasses.replace(find_recipe("speedrun"), precision=self.precision, seed=seed)
        batches = Batches(self.data.train, recipe.batch_size, classes=10, seed=seed)
        with Stepper(recipe, Classification(recipe, self.data)) as stepper, tempfile.TemporaryDirectory() as folder:
            stepper.save(f"{folder}/model")
            stepper.take(*batches[0])  # the first step optimises the graph: it is taken back
            stepper.restore(f"{folder}/model", 0)
            start = time.perf_counter()
            for i in range(recipe.steps):
                stepper.take(*batches[i])
            seconds = time.perf_counter() - start
            return seconds, evaluate_split(stepper.session, stepper.learner.model, self.data.test).accuracy
