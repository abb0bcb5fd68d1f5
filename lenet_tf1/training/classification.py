"""The task of the documents: which of several classes an image of 28 x 28 pixels is."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data.batches import Batches
from lenet_tf1.data.datasets import Dataset, lasting, load
from lenet_tf1.data.preparation import DARK_ON_LIGHT, preparation_of
from lenet_tf1.graph.adversarial import Noise, add_noise, shared_variables
from lenet_tf1.graph.augment import add_augmentation
from lenet_tf1.graph.gradients import pooled_first
from lenet_tf1.graph.layers import for_inference
from lenet_tf1.graph.model import Model, build_model
from lenet_tf1.graph.training import training_loss
from lenet_tf1.inference.confidence import choose
from lenet_tf1.inference.frozen import FrozenNetwork
from lenet_tf1.inference.metrics import evaluate_split, predict_probabilities
from lenet_tf1.inference.tables import accuracy_line
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.checkpoints import Checkpoint
from lenet_tf1.training.task import Score, Tested

WHOLE = slice(None)


def settle_data(recipe: Recipe, report: Report) -> tuple[Recipe, Dataset]:
    """Load the recipe's data set; and the recipe with its classes, and with places that can be found from anywhere.

    Raises
    ------
    InputError
        For data that aren't there, are of other classes than the recipe's, or are fewer than a batch.
    """
    classes = None if recipe.classes == Recipe.classes else recipe.classes  # none were asked for
    data = load(recipe.dataset, classes=classes, data_dir=recipe.data_dir, report=report)
    if recipe.selection_split == "test":
        data = dataclasses.replace(data, validation=data.test)
    if recipe.batch_size > len(data.train):
        raise InputError(f"batch size {recipe.batch_size} is more than the {len(data.train):,} training images")
    preparation = preparation_of(data.train.images)
    if preparation == DARK_ON_LIGHT:
        report.note(
            f"the images of {recipe.dataset} are dark on light, where MNIST's are light on dark: they are trained as "
            "they are, and predict takes pictures whole"
        )
    place, copies = lasting(recipe.dataset) or recipe.dataset, lasting(recipe.data_dir)
    recipe = dataclasses.replace(recipe, classes=data.classes, dataset=place, data_dir=copies, preparation=preparation)
    return recipe, data


class Classification:
    """A Task: the recipe's network learns the labels of a data set's images.

    Parameters
    ----------
    recipe : Recipe
        With the data set's classes.
    data : Dataset
    """

    def __init__(self, recipe: Recipe, data: Dataset) -> None:
        self.recipe, self.data = recipe, data
        self.images = len(data.train)
        self.digest = data.digest()

    @property
    def counts(self) -> str:
        """How many images there are of each split."""
        data = self.data
        counts = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test images"
        by_test = "; those for validation are the test images" if self.recipe.selection_split == "test" else ""
        return counts + by_test

    def learner(self) -> "Classifier":
        """Add the network, its distortion and its loss to the default graph."""
        return Classifier(self.recipe)

    def batches(self, epoch: int) -> Batches:
        """The batches of an epoch, in an order that is a function of seed and epoch."""
        recipe = self.recipe
        classes = len(recipe.classes)
        return Batches(self.data.train, recipe.batch_size, classes=classes, seed=recipe.seed, epoch=epoch)

    def validate(self, session: tf.Session, learner: "Classifier", part: slice = WHOLE) -> Score:
        """Loss and accuracy on the validation split, or on a part of it that isn't empty."""
        metrics = evaluate_split(session, learner.model, self.data.validation[part])
        return Score(metrics.loss, metrics.accuracy)

    def restore(self, checkpoint: Checkpoint) -> FrozenNetwork:
        """The network of a checkpoint."""
        return FrozenNetwork(checkpoint)

    def test(self, network: FrozenNetwork) -> Tested:
        """Loss and accuracy on the test split, which is read here and nowhere else."""
        validation = self.data.validation.labelled
        probabilities = predict_probabilities(network.core_session, network.model, validation)
        confidence = choose(probabilities, validation.labels)
        metrics = evaluate_split(network.core_session, network.model, self.data.test)
        return Tested(Score(metrics.loss, metrics.accuracy), accuracy_line(metrics, "test"), confidence)


class Classifier:
    """A Learner: a network with its distortion and its loss.

    Attributes
    ----------
    model : Model
        What is measured. It is what is trained, unless that normalises by batches: then it is the same network for
        inference, with the same variables.

    Raises
    ------
    InputError
        For a recipe that doesn't go with its network.
    """

    average_decay: float | None = None

    def __init__(self, recipe: Recipe) -> None:
        self._recipe, self._augmentation = recipe, None
        if recipe.distorts:
            self._augmentation = add_augmentation(shift=recipe.shift, slant=recipe.slant, bend=recipe.bend)
        self._noise: Noise | None = None
        with pooled_first():
            trained = self._built(None if self._augmentation is None else self._augmentation.output)
        self._trained = self.model = trained
        if tf.get_collection(tf.GraphKeys.UPDATE_OPS):
            with tf.name_scope("inference"), shared_variables(), for_inference():
                self.model = build_model(recipe.network, classes=len(recipe.classes), seed=recipe.seed)
        if recipe.keep_prob < 1 and not trained.drops:
            raise InputError(f"the network {recipe.network} has no dropout, so keep prob has to be 1")
        self.loss = training_loss(trained, recipe.loss, recipe.label_smoothing)
        # A document's mistake is what one wants to see; of soft labels, what the others can be compared with.
        self.shown_loss = trained.loss if recipe.loss == "cross-entropy" else self.loss
        self.correct = trained.correct

    def _built(self, x: tf.Tensor | None) -> Model:
        recipe, classes = self._recipe, len(self._recipe.classes)
        if not recipe.noise:
            return build_model(recipe.network, classes=classes, seed=recipe.seed, x=x)
        self._noise = add_noise(
            recipe.network,
            classes=classes,
            seed=recipe.seed,
            epsilon=recipe.noise,
            steps=recipe.noise_steps,
            warm_up=recipe.noise_warm_up,
            images=x,
        )
        with shared_variables():
            x, y = self._noise.output, self._noise.labels
            return build_model(recipe.network, classes=classes, seed=recipe.seed, x=x, y=y)

    def feed(self, x: np.ndarray, y: np.ndarray, step: int) -> Mapping[tf.Tensor, Any]:
        """Images float32 [n, 784] in 0..1, labels float32 [n, classes], and the step's seeds."""
        feed = {self._trained.y: y} | self._trained.dropout_feed(self._recipe.keep_prob, self._recipe.seed, step)
        if self._noise is not None:
            feed |= {self._noise.seed: [self._recipe.seed, step]}
        return feed | self._feed_images(x, step)

    def counted(self, correct: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Without the images that are of no class, which can't be right."""
        return correct[y.max(axis=1) == 1]

    def distort(self, session: tf.Session, x: np.ndarray, step: int) -> np.ndarray:
        """What a step makes of images float32 [n, 784] before it learns from them, without the noise."""
        if self._augmentation is None:
            return x
        return session.run(self._augmentation.output, self._feed_images(x, step))

    def _feed_images(self, x: np.ndarray, step: int) -> dict[tf.Tensor, Any]:
        if self._augmentation is None:
            return {self._trained.x if self._noise is None else self._noise.images: x}
        return {self._augmentation.images: x, self._augmentation.seed: [self._recipe.seed, step]}
