"""What `--summaries all` shows of a network in TensorBoard, besides the graph and the curves.

All of it is fetched apart from the training steps and adds nothing to the graph, so no trained bit changes.
"""

import numpy as np
import tensorflow.compat.v1 as tf
from PIL import Image

from lenet_tf1.data.batches import Batches, as_input
from lenet_tf1.figures import grids, measures
from lenet_tf1.figures.style import as_png
from lenet_tf1.measure import classify, confusion_matrix, misclassified
from lenet_tf1.rundir import PROJECTOR

_BATCH = 256  # validation images that gradients and activations are of
_SHOWN = 20  # images of a grid
_POINTS = 2500  # test images in the projector: 50 x 50 in its sprite


class Insight:
    """Looks into a network in training and writes what it sees.

    Parameters: `events` the Events, with the parts train, validation and test; `folder` where the
    projector's files go, which is test's; `session`, `model` and `training` are the network's;
    `distorted` makes of images uint8 [n, 28, 28] what training feeds, float32 [n, 784]; `data` the Dataset.
    """

    def __init__(self, events, folder, session, model, training, distorted, data):
        self.events, self.folder = events, folder
        self.session, self.model, self.training = session, model, training
        self.distorted, self.data = distorted, data

    def after_epoch(self, step):
        """Histograms of weights, gradients and activations; pictures and curves of the validation."""
        model, events, classes = self.model, self.events, self.data.classes
        x, y = Batches(self.data.validation, _BATCH, classes=len(classes))[0]
        weights = {variable.op.name: variable for variable in tf.trainable_variables()}
        groups = {"weights": weights, "gradients": self.training.gradients, "activations": model.endpoints}
        for group, values in self.session.run(groups, {model.x: x, model.y: y}).items():
            for name, value in values.items():
                events.histogram("train", f"{group}/{name}", value, step)
        some = self.data.train[:_SHOWN]
        inputs = (self.distorted(some.images).reshape(-1, 28, 28) * 255).astype(np.uint8)
        events.image("train", "inputs", _png(grids.samples(inputs, some.labels, classes)), step)
        self._classified("validation", self.data.validation, step, self)

    def at_end(self, network, step, measurement):
        """The same pictures and curves of the test, with the network that was measured, and the projector's files."""
        self.events.scalars("test", step, loss=measurement.loss, accuracy=measurement.accuracy)
        predictions = self._classified("test", self.data.test, step, network)
        some = self.data.test[:_POINTS]
        _write_projector(self.folder, network.session, network.model, some, predictions, self.data.classes)

    def _classified(self, part, split, step, network):
        classes, labels = self.data.classes, split.labels
        losses, predictions, probabilities = classify(network.session, network.model, split)
        confusion = confusion_matrix(labels, predictions, len(classes))
        self.events.image(part, "confusion", _png(measures.confusion(confusion, classes)), step)
        worst = misclassified(losses, predictions, labels)[:_SHOWN]
        if len(worst):
            shares = probabilities[worst, predictions[worst]]
            figure = grids.errors(split.images[worst], labels[worst], predictions[worst], shares, classes)
            self.events.image(part, "misclassified", _png(figure), step)
        self.events.precision_recall(part, labels, probabilities, classes, step)
        return predictions


def _png(figure):
    return as_png(figure, dpi=80)  # TensorBoard shows it smaller than a README does


def _write_projector(folder, session, model, split, predictions, classes):
    # What the last layer reads of each image, with the image itself and what it is.
    tensor, metadata, image, config = (folder / name for name in PROJECTOR)
    scope = list(model.endpoints)[-2]
    outputs = session.run(model.endpoints[scope], {model.x: as_input(split.images)}).reshape(len(split), -1)
    tensor.write_bytes(outputs.astype(np.float32).tobytes())
    names = [name.replace("\t", " ") for name in classes]
    pairs = zip(split.labels, predictions[: len(split)], strict=True)
    rows = [f"{names[label]}\t{names[prediction]}\t{i}" for i, (label, prediction) in enumerate(pairs)]
    metadata.write_text("\n".join(["class\tprediction\timage", *rows]) + "\n", encoding="utf-8")
    side = int(np.ceil(np.sqrt(len(split))))
    tiles = np.zeros([side * side, 28, 28], np.uint8)
    tiles[: len(split)] = split.images
    sprite = tiles.reshape(side, side, 28, 28).swapaxes(1, 2).reshape(side * 28, side * 28)
    Image.fromarray(255 - sprite).save(image)
    config.write_text(
        f"""embeddings {{
  tensor_name: "{scope}"
  tensor_path: "{tensor.name}"
  tensor_shape: [{outputs.shape[0]}, {outputs.shape[1]}]
  metadata_path: "{metadata.name}"
  sprite {{
    image_path: "{image.name}"
    single_image_dim: [28, 28]
  }}
}}
"""
    )
