"""Figures of a run directory or a checkpoint. Each restores and runs what it needs.

The parameters they share:

run_dir   a run directory, of which the best checkpoint by validation is taken, or a checkpoint
recipe    the name of a recipe, for a checkpoint that another program wrote; where nothing trained is needed, it can
          stand in place of a run directory
dataset   the name of a data set or its folder, in place of the recipe's
data_dir  a folder in which copies of named data sets may be
split     "train", "validation" or "test"

All raise InputError for what isn't there or doesn't fit.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.figures.asked import WORDS, RunPath, how_many, load_split, named, part_of

if TYPE_CHECKING:  # numpy, matplotlib and TensorFlow take a while, and plot --help needs none of them
    import numpy as np
    from matplotlib.figure import Figure

    from lenet_tf1.data.splits import Split
    from lenet_tf1.inference.frozen import FrozenNetwork


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

    count = how_many(rows, columns)
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
        title=f"{len(wrong):,} of {len(part):,} {WORDS[split]} images are misclassified: {which}",
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
        data = load_split(network.recipe, network.recipe.classes, dataset, data_dir, split)
        one = part_of(getattr(data, split), index, 1, split)
        outputs, probabilities = network.run_layers(one.images[0])
    name = data.classes[one.labels[0]] if len(one.labelled) else "none"
    title = f"{WORDS[split]} image {index:,}, {name}"
    return grids.features(one.images[0], outputs, probabilities, data.classes, title=title)


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
    return measures.calibration(measured, title=f"{len(part):,} {WORDS[split]} images")


def rejection(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
) -> "Figure":
    """How many of its answers are wrong, by how many of the images it answers."""
    from lenet_tf1.figures import measures
    from lenet_tf1.inference.evaluation import reject

    report = Report()
    found = reject(run_dir, recipe=recipe, dataset=dataset, data_dir=data_dir, split=split, report=report)
    return measures.rejection(found, title=f"{len(found.right):,} {WORDS[split]} images")


def _restore(run_dir: RunPath, recipe: str | None) -> "FrozenNetwork":
    from lenet_tf1.inference.frozen import restore

    return restore(run_dir, named(recipe), Report())


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
        data = load_split(network.recipe, network.recipe.classes, dataset, data_dir, split)
        part = getattr(data, split).labelled
        return _Classified(part, data.classes, *classify(network.session, network.model, part))
