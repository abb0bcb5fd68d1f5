"""Figures of a run directory or a checkpoint: what `python -m lenet_tf1.plot` draws.

Each function restores and runs what it needs, and returns a matplotlib Figure of one kind. The parameters they share:

run_dir   a run directory, of which the best checkpoint by validation is taken, or a checkpoint
recipe    the name of a recipe, for a checkpoint that another program wrote; where nothing trained is needed, it can
          stand in place of a run directory
dataset   the name of a data set or its folder, in place of the recipe's
data_dir  a folder in which copies of named data sets may be
split     "train", "validation" or "test"

All raise InputError for what isn't there or doesn't fit.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import SPLITS
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy, matplotlib and TensorFlow take a while, and plot --help needs none of them
    import numpy as np
    from matplotlib.figure import Figure

    from lenet_tf1.data.splits import Dataset, Split
    from lenet_tf1.inference.frozen import FrozenNetwork

RunPath = str | os.PathLike[str]

_WORDS = {"train": "training", "validation": "validation", "test": "test"}
_MOST = 50  # rows and columns of a grid


def samples(
    run_dir: RunPath | None = None,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "train",
    first: int = 0,
    rows: int = 2,
    columns: int = 10,
) -> "Figure":
    """Images of the data set with the names of their classes.

    Parameters
    ----------
    first : int
        The number of the first image.
    rows, columns : int
        Of the grid, 1 to 50.
    """
    from lenet_tf1.figures import grids

    used = _find_recipe(run_dir, recipe)
    data = _load(used, None if run_dir is None else used.classes, dataset, data_dir, split)
    part = _slice(getattr(data, split), first, _count(rows, columns), split)
    last = first + len(part) - 1
    title = f"{_WORDS[split]} images {first:,} to {last:,}" if last > first else f"{_WORDS[split]} image {first:,}"
    return grids.samples(part.images, part.labels, data.classes, columns=columns, title=title)


def curves(run_dirs: Sequence[RunPath]) -> "Figure":
    """Loss and accuracy of training and validation after each epoch, of one or several run directories."""
    from lenet_tf1.figures import measures
    from lenet_tf1.runs import directory

    names = [str(Path(path)) for path in run_dirs]
    return measures.curves({name: directory.read_metrics(Path(name)) for name in names})


def confusion(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
) -> "Figure":
    """How often each class was taken for which."""
    from lenet_tf1.figures import measures
    from lenet_tf1.inference.evaluation import evaluate
    from lenet_tf1.inference.tables import accuracy_line

    metrics, used = evaluate(run_dir, recipe=recipe, dataset=dataset, data_dir=data_dir, split=split, report=Report())
    return measures.confusion(metrics.confusion, used.classes, title=accuracy_line(metrics, split))


def errors(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    rows: int = 4,
    columns: int = 10,
) -> "Figure":
    """The misclassified images, the one with the highest loss first.

    Parameters
    ----------
    rows, columns : int
        Of the grid, 1 to 50.
    """
    from lenet_tf1.figures import grids
    from lenet_tf1.inference.metrics import misclassified

    count = _count(rows, columns)
    part, classes, losses, predictions, probabilities = _classify(run_dir, recipe, dataset, data_dir, split)
    wrong = misclassified(losses, predictions, part.labels)
    if not len(wrong):
        raise InputError(f"none of the {len(part):,} {split} images is misclassified")
    worst = wrong[:count]
    which = "they are" if len(worst) == len(wrong) else f"the worst {len(worst)}"
    return grids.errors(
        part.images[worst],
        part.labels[worst],
        predictions[worst],
        probabilities[worst, predictions[worst]],
        classes,
        columns=columns,
        title=f"{len(wrong):,} of {len(part):,} {_WORDS[split]} images are misclassified: {which}",
    )


def kernels(run_dir: RunPath, *, recipe: str | None = None) -> "Figure":
    """The kernels of every convolution."""
    from lenet_tf1.figures import grids

    with _restore(run_dir, recipe) as network:
        convolutions = [o for o in network.session.graph.get_operations() if o.type == "Conv2D"]
        weights = network.session.run([convolution.inputs[1] for convolution in convolutions])
    scopes = [convolution.name.split("/")[0] for convolution in convolutions]
    return grids.kernels(dict(zip(scopes, weights, strict=True)))


def features(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    index: int = 0,
) -> "Figure":
    """One image, and what each scope of the network makes of it.

    Parameters
    ----------
    index : int
        The number of the image.
    """
    from lenet_tf1.figures import grids

    with _restore(run_dir, recipe) as network:
        data = _load(network.recipe, network.recipe.classes, dataset, data_dir, split)
        one = _slice(getattr(data, split), index, 1, split)
        outputs, probabilities = network.run_layers(one.images[0])
    name = data.classes[one.labels[0]] if len(one.labelled) else "none"
    title = f"{_WORDS[split]} image {index:,}, {name}"
    return grids.features(one.images[0], outputs, probabilities, data.classes, title=title)


def graph(run_dir: RunPath | None = None, *, recipe: str | None = None) -> "Figure":
    """The network in the style of the paper on LeNet-5."""
    import tensorflow.compat.v1 as tf

    from lenet_tf1.figures.network import network
    from lenet_tf1.graph.model import build_model
    from lenet_tf1.graph.summary import summarize

    used = _find_recipe(run_dir, recipe)
    with tf.Graph().as_default():
        layers = summarize(build_model(used.network, classes=len(used.classes)).endpoints)
    total = sum(layer.parameters for layer in layers)
    return network(layers, title=f"{used.network}: {total:,} parameters")


def lr(
    run_dir: RunPath | None = None,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
) -> "Figure":
    """The learning rate in each step of the training."""
    import numpy as np
    import tensorflow.compat.v1 as tf

    from lenet_tf1.data.batches import steps_per_epoch
    from lenet_tf1.figures import measures
    from lenet_tf1.graph.training import learning_rate_schedule

    used = _find_recipe(run_dir, recipe)
    data = _load(used, None if run_dir is None else used.classes, dataset, data_dir, "train")
    per_epoch = steps_per_epoch(data.train, used.batch_size)
    steps = used.steps or used.epochs * per_epoch
    with tf.Graph().as_default(), tf.Session() as session:
        rates = session.run(learning_rate_schedule(used, per_epoch, steps)(tf.constant(np.arange(steps))))
    return measures.learning_rate(rates, per_epoch, title=f"{used.name}: {steps:,} steps")


def calibration(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
) -> "Figure":
    """How often the network is right, by how sure it is, and the expected calibration error."""
    from lenet_tf1.figures import measures
    from lenet_tf1.inference.metrics import calibrate

    part, _, _, predictions, probabilities = _classify(run_dir, recipe, dataset, data_dir, split)
    measured = calibrate(probabilities.max(axis=1), predictions == part.labels)
    return measures.calibration(measured, title=f"{len(part):,} {_WORDS[split]} images")


def _named(recipe: str | None) -> Recipe | None:
    return None if recipe is None else find_recipe(recipe)


def _find_recipe(run_dir: RunPath | None, recipe: str | None) -> Recipe:
    if run_dir is None:
        return _named(recipe) or find_recipe("lenet")

    from lenet_tf1.runs.finding import find

    return find(run_dir, _named(recipe), Report()).recipe


def _restore(run_dir: RunPath, recipe: str | None) -> "FrozenNetwork":
    from lenet_tf1.inference.frozen import restore

    return restore(run_dir, _named(recipe), Report())


def _load(
    recipe: Recipe, classes: tuple[str, ...] | None, dataset: str | None, data_dir: str | None, split: str
) -> "Dataset":
    from lenet_tf1.data.datasets import load

    if split not in SPLITS:
        raise InputError(f"there is no split named {split}; there are {', '.join(SPLITS)}")
    where = recipe.data_dir if data_dir is None else data_dir
    return load(dataset or recipe.dataset, classes=classes, data_dir=where, wanted=[split], report=Report())


class _Classified(NamedTuple):
    split: "Split"
    classes: tuple[str, ...]
    losses: "np.ndarray"  # float32 [n]
    predictions: "np.ndarray"  # int64 [n]
    probabilities: "np.ndarray"  # float32 [n, classes]


def _classify(
    run_dir: RunPath, recipe: str | None, dataset: str | None, data_dir: str | None, split: str
) -> _Classified:
    from lenet_tf1.inference.metrics import classify

    with _restore(run_dir, recipe) as network:
        data = _load(network.recipe, network.recipe.classes, dataset, data_dir, split)
        part = getattr(data, split).labelled
        return _Classified(part, data.classes, *classify(network.session, network.model, part))


def _count(rows: int, columns: int) -> int:
    if not (1 <= rows <= _MOST and 1 <= columns <= _MOST):
        raise InputError(f"a grid has 1 to {_MOST} rows and columns, not {rows} and {columns}")
    return rows * columns


def _slice(part: "Split", first: int, count: int, split: str) -> "Split":
    if not 0 <= first < len(part):
        raise InputError(f"there is no {_WORDS[split]} image {first:,}: they go from 0 to {len(part) - 1:,}")
    return part[first : first + count]
