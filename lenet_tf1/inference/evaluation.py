"""Restore a checkpoint, or several, and run them on a split of their data set."""

import dataclasses
import functools
import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import check_split
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    from lenet_tf1.data.splits import Split
    from lenet_tf1.inference.confidence import Rejection
    from lenet_tf1.inference.metrics import Metrics

Place = str | os.PathLike[str]


def evaluate(
    path: Place | Sequence[Place] = "checkpoints/lenet",
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    batch_size: int = 256,
    report: Report = QUIET,
) -> "tuple[Metrics, Recipe]":
    """Restore what is at `path` and evaluate it on a split of its recipe's data set.

    Parameters
    ----------
    path : path, or several
        A run directory (its best checkpoint by validation) or a checkpoint. Several classify together, by the mean
        of their probabilities.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    dataset, data_dir : str, optional
        A name or a folder in place of the recipe's; where copies of named ones may be.
    split : str
        One of data.datasets.SPLITS.
    batch_size : int
        Images in one run of the session.
    report : Report
        Is told of damaged checkpoints that were passed over, of unreadable pictures, and of downloads.

    Returns
    -------
    metrics : Metrics
    recipe : Recipe
        Of the first of several.

    Raises
    ------
    InputError
        If there is nothing to restore, or it doesn't fit.
    """
    if batch_size < 1:
        raise InputError(f"batch size must be 1 or more, not {batch_size}")
    check_split(split)
    asked = None if recipe is None else find_recipe(recipe)
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("there is nothing to evaluate")
    from lenet_tf1.inference.frozen import restore
    from lenet_tf1.inference.metrics import evaluate_ensemble, evaluate_split, predict_probabilities

    with restore(paths[0], asked, report) as network:
        first = dataclasses.replace(
            network.recipe,
            dataset=network.recipe.dataset if dataset is None else dataset,
            data_dir=network.recipe.data_dir if data_dir is None else data_dir,
        )
        data = _load(first, split, report)
        if len(paths) == 1:
            metrics = evaluate_split(network.session, network.model, data, batch_size=batch_size)
        else:
            members = [predict_probabilities(network.session, network.model, data, batch_size=batch_size)]
    for place in paths[1:]:
        with restore(place, asked, report) as network:
            _check_member(place, network.recipe, paths[0], first, dataset)
            members.append(predict_probabilities(network.session, network.model, data, batch_size=batch_size))
    if len(paths) > 1:
        metrics = evaluate_ensemble(members, data.labels)
    if not math.isfinite(metrics.loss):
        raise InputError(f"{' or '.join(map(str, paths))} holds weights that make nothing finite of the {split} images")
    return metrics, first


def reject(
    path: Place | Sequence[Place] = "checkpoints/lenet",
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    batch_size: int = 256,
    report: Report = QUIET,
) -> "Rejection":
    """What happens on a split when the answers that a network is least sure of are left out.

    Parameters and errors are those of `evaluate`. Temperature and threshold are chosen on the recipe's validation
    split, whatever the data set that is asked for.
    """
    import numpy as np

    from lenet_tf1.inference import confidence
    from lenet_tf1.inference.frozen import restore
    from lenet_tf1.inference.metrics import predict_probabilities

    asked = None if recipe is None else find_recipe(recipe)
    members = []
    for place in [path] if isinstance(path, str | os.PathLike) else path:
        with restore(place, asked, report) as network:
            own = network.recipe if data_dir is None else dataclasses.replace(network.recipe, data_dir=data_dir)
            chosen = own if dataset is None else dataclasses.replace(own, dataset=dataset)
            parts = _load(own, "validation", report), _load(chosen, split, report)
            run = functools.partial(predict_probabilities, network.session, network.model, batch_size=batch_size)
            members.append((run(parts[0]), run(parts[1])))
    on_validation, asked_for = (np.mean(each, axis=0) for each in zip(*members, strict=True))
    chosen_by = confidence.choose(on_validation, parts[0].labels)
    return confidence.Rejection(chosen_by, chosen_by.calibrated(asked_for), parts[1].labels)


def _load(recipe: Recipe, split: str, report: Report) -> "Split":
    from lenet_tf1.data.datasets import load

    data = load(recipe.dataset, classes=recipe.classes, data_dir=recipe.data_dir, wanted=[split], report=report)
    return getattr(data, split).labelled


def _check_member(path: Place, recipe: Recipe, first_path: Place, first: Recipe, dataset: str | None) -> None:
    if recipe.classes != first.classes:
        raise InputError(f"{path} tells other classes apart than {first_path}")
    if dataset is None and recipe.dataset != first.dataset:
        raise InputError(f"{path} was not trained on {first.dataset}, as {first_path} was; say --dataset")
