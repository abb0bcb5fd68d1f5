"""Figures of a run directory or a checkpoint. Each restores and runs what it needs.

The parameters that they share are explained in asked.py. All raise InputError for what isn't there or doesn't fit.
"""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.figures.asked import RunPath, how_many, load_split, named, other_class, part_of
from lenet_tf1.inference.tables import WORDS
from lenet_tf1.recipes import Recipe

if TYPE_CHECKING:  # numpy, matplotlib and TensorFlow take a while, and plot --help needs none of them
    import numpy as np
    from matplotlib.figure import Figure

    from lenet_tf1.data.splits import Split
    from lenet_tf1.graph.model import Model
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
        image, title = _image_of(network.recipe, dataset, data_dir, split, index)
        outputs, probabilities = network.run_layers(image)
    return grids.features(image, outputs, probabilities, network.recipe.classes, title=title)


def why(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    index: int = 0,
    image: RunPath | None = None,
    target: str | None = None,
) -> "Figure":
    """What in an image speaks for the network's answer, and the least change that turns it.

    Parameters
    ----------
    index : int
        The number of the image.
    image : path, optional
        A picture of one character, in place of an image of the data set.
    target : str, optional
        The class that the least change should make of it; unless given, the second likeliest.
    """
    from lenet_tf1.data.images import read_picture
    from lenet_tf1.data.preparation import DARK_ON_LIGHT, as_one
    from lenet_tf1.figures import reasons
    from lenet_tf1.inference import attribution

    with _restore(run_dir, recipe, attribution.add_attribution) as network:
        used, session, reason = network.recipe, network.session, network.extension
        if image is None:
            pixels, title = _image_of(used, dataset, data_dir, split, index)
        else:
            pixels, title = as_one(read_picture(Path(image)), used.preparation), str(image)
        _, probabilities = network.run_layers(pixels)
        other = other_class(probabilities, used.classes, target)
        ground = float(used.preparation == DARK_ON_LIGHT)
        maps = attribution.maps_of(session, reason, pixels, int(probabilities.argmax()), ground=ground)
        change = attribution.least_change(session, reason, pixels, other)
    if attribution.GRAD_CAM in maps:
        maps = {f"{name} on {reason.scope}" if name == attribution.GRAD_CAM else name: maps[name] for name in maps}
    return reasons.why(pixels, maps, probabilities, other, change, used.classes, title=title)


def units(
    run_dir: RunPath,
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    scope: str | None = None,
    seed: int = 0,
    rows: int = 10,
    columns: int = 5,
) -> "Figure":
    """What units look for: for each the picture that excites it most, and the nine images that do.

    Parameters
    ----------
    scope : str, optional
        One of the network's; unless given, its last convolution.
    seed : int
        Of the noise that the pictures begin with.
    rows, columns : int
        Of the grid, 1 to 50.
    """
    from lenet_tf1.figures import reasons
    from lenet_tf1.inference import units as inside

    most = how_many(rows, columns)
    with _restore(run_dir, recipe, functools.partial(inside.add_units, scope=scope)) as network:
        found, classes = network.extension, network.recipe.classes
        images = getattr(load_split(network.recipe, classes, dataset, data_dir, split), split)
        numbers = range(min(found.total, most))
        pictures = inside.maximise(network.session, found, numbers, seed=seed)
        examples = images.images[inside.most_exciting(network.session, found, images, numbers)]
        is_last = found.scope == list(network.model.endpoints)[-1]
    captions = classes[: len(numbers)] if is_last else [str(number) for number in numbers]
    some = f"the first {len(numbers)} of {found.total} units" if len(numbers) < found.total else f"{found.total} units"
    title = f"{found.scope}, {some}: what excites each most, and the nine {WORDS[split]} images that do"
    return reasons.units(pictures, examples, captions, columns=columns, title=title)


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
    from lenet_tf1.inference.evaluation import evaluate_and_reject

    report = Report()
    *_, found = evaluate_and_reject(
        run_dir, recipe=recipe, dataset=dataset, data_dir=data_dir, split=split, report=report
    )
    return measures.rejection(found, title=f"{len(found.right):,} {WORDS[split]} images")


def _restore(run_dir: RunPath, recipe: str | None, extend: "Callable[[Model], Any] | None" = None) -> "FrozenNetwork":
    from lenet_tf1.inference.frozen import restore

    return restore(run_dir, named(recipe), Report(), extend)


def _image_of(
    recipe: Recipe, dataset: str | None, data_dir: str | None, split: str, index: int
) -> "tuple[np.ndarray, str]":
    # The image, uint8 [28, 28], and what it is.
    data = load_split(recipe, recipe.classes, dataset, data_dir, split)
    one = part_of(getattr(data, split), index, 1, split)
    name = data.classes[one.labels[0]] if len(one.labelled) else "none"
    return one.images[0], f"{WORDS[split]} image {index:,}, {name}"


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
        return _Classified(part, data.classes, *classify(network.core_session, network.model, part))
