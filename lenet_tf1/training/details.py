"""What `--summaries all` shows of a network in TensorBoard, besides the graph and the curves."""

from pathlib import Path
from typing import cast

import numpy as np
import tensorflow.compat.v1 as tf
from matplotlib.figure import Figure
from PIL import Image

from lenet_tf1.base import files
from lenet_tf1.base.report import Report
from lenet_tf1.data.batches import Batches, as_input
from lenet_tf1.data.splits import Split
from lenet_tf1.figures import grids, measures
from lenet_tf1.figures.style import as_png
from lenet_tf1.graph.model import Model
from lenet_tf1.inference.frozen import FrozenNetwork
from lenet_tf1.inference.metrics import classify, confusion_matrix, misclassified
from lenet_tf1.runs.directory import PROJECTOR
from lenet_tf1.training.classification import Classification, Classifier
from lenet_tf1.training.hooks import SummaryHooks
from lenet_tf1.training.stepper import Stepper
from lenet_tf1.training.task import Score

_BATCH = 256  # validation images that gradients and activations are of
_SHOWN = 20  # images of a grid
_POINTS = 2500  # test images in the projector: 50 x 50 in its sprite


class DetailedHooks(SummaryHooks):
    """Distributions, pictures, precision and recall, and the projector besides (`--summaries all`)."""

    parts = ("train", "validation", "test")

    def __init__(self, run_dir: Path, stepper: Stepper, report: Report, task: Classification) -> None:
        super().__init__(run_dir, stepper, report)
        self.folder = run_dir / "test"  # the projector's
        self.stepper, self.learner, self.data = stepper, cast(Classifier, stepper.learner), task.data

    def after_epoch(self, step: int, score: Score) -> None:
        """Histograms of weights, gradients and activations; pictures and curves of the validation."""
        stepper, model, classes = self.stepper, self.learner.model, self.data.classes
        x, y = Batches(self.data.validation, _BATCH, classes=len(classes))[0]
        weights = {v.op.name: v for v in stepper.session.graph.get_collection("trainable_variables")}
        groups = {"weights": weights, "gradients": stepper.training.gradients, "activations": model.endpoints}
        for group, values in stepper.session.run(groups, {model.x: x, model.y: y}).items():
            for name, value in values.items():
                self.events.histogram("train", f"{group}/{name}", value, step)
        some = self.data.train[:_SHOWN]
        inputs = (
            self.learner.distort(stepper.session, as_input(some.images), stepper.step).reshape(-1, 28, 28) * 255
        ).astype(np.uint8)
        self.events.image("train", "inputs", _png(grids.samples(inputs, some.labels, classes)), step)
        self._classify("validation", self.data.validation, step, stepper.session, model)
        super().after_epoch(step, score)

    def after_test(self, network: FrozenNetwork, step: int, score: Score) -> None:
        """The same pictures and curves of the test, and the projector's files."""
        self.events.scalars("test", step, loss=score.loss, accuracy=score.accuracy)
        predictions = self._classify("test", self.data.test, step, network.core_session, network.model)
        some = self.data.test[:_POINTS]
        _write_projector(self.folder, network, some, predictions[: len(some)], self.data.classes)

    def _classify(self, part: str, split: Split, step: int, session: tf.Session, model: Model) -> np.ndarray:
        classes, labels = self.data.classes, split.labels
        losses, predictions, probabilities = classify(session, model, split)
        confusion = confusion_matrix(labels, predictions, len(classes))
        self.events.image(part, "confusion", _png(measures.confusion(confusion, classes)), step)
        worst = misclassified(losses, predictions, labels)[:_SHOWN]
        if len(worst):
            shares = probabilities[worst, predictions[worst]]
            figure = grids.errors(split.images[worst], labels[worst], predictions[worst], shares, classes)
            self.events.image(part, "misclassified", _png(figure), step)
        self.events.precision_recall(part, labels, probabilities, classes, step)
        return predictions


def _png(figure: Figure) -> bytes:
    return as_png(figure, dpi=80)  # TensorBoard shows it smaller than a README does


def _write_projector(
    folder: Path, network: FrozenNetwork, split: Split, predictions: np.ndarray, classes: tuple[str, ...]
) -> None:
    # What the last layer reads of each image, with the image itself and what it is.
    tensor, metadata, image, config = (folder / name for name in PROJECTOR)
    model = network.model
    scope = list(model.endpoints)[-2]
    outputs = network.session.run(model.endpoints[scope], {model.x: as_input(split.images)}).reshape(len(split), -1)
    files.create(tensor, outputs.astype(np.float32).tobytes())
    names = [name.replace("\t", " ") for name in classes]
    pairs = zip(split.labels, predictions, strict=True)
    rows = [f"{names[label]}\t{names[prediction]}\t{i}" for i, (label, prediction) in enumerate(pairs)]
    files.create(metadata, ("\n".join(["class\tprediction\timage", *rows]) + "\n").encode())
    side = int(np.ceil(np.sqrt(len(split))))
    tiles = np.zeros([side * side, 28, 28], np.uint8)
    tiles[: len(split)] = split.images
    sprite = tiles.reshape(side, side, 28, 28).swapaxes(1, 2).reshape(side * 28, side * 28)
    with files.naming(image):
        Image.fromarray(255 - sprite).save(image)
    files.create(
        config,
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
""".encode(),
    )
