"""Restore a checkpoint, or several, and run them on a split of their data set."""

import dataclasses
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import check_split
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    import numpy as np

    from lenet_tf1.data.splits import Split
    from lenet_tf1.inference.confidence import Rejection
    from lenet_tf1.inference.frozen import FrozenNetwork
    from lenet_tf1.inference.metrics import Metrics

Place = str | os.PathLike[str]
Places = Place | Sequence[Place]


def evaluate(
    path: Places = "checkpoints/lenet",
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
    metrics, first, _ = _evaluate(path, recipe, dataset, data_dir, split, batch_size, report, rejecting=False)
    return metrics, first


def evaluate_and_reject(
    path: Places = "checkpoints/lenet",
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    batch_size: int = 256,
    report: Report = QUIET,
) -> "tuple[Metrics, Recipe, Rejection]":
    """What `evaluate` returns, and what happens when the answers that a network is least sure of are left out.

    Parameters and errors are those of `evaluate`. Temperature and threshold are chosen on the recipe's validation
    split, of several networks the first's, whatever the data set that is asked for.
    """
    metrics, first, rejection = _evaluate(path, recipe, dataset, data_dir, split, batch_size, report, rejecting=True)
    assert rejection is not None
    return metrics, first, rejection


def _evaluate(
    path: Places,
    recipe: str | None,
    dataset: str | None,
    data_dir: str | None,
    split: str,
    batch_size: int,
    report: Report,
    *,
    rejecting: bool,
) -> "tuple[Metrics, Recipe, Rejection | None]":
    check(split, batch_size)
    paths = places(path)
    networks = restored(paths, recipe, dataset, data_dir, report)
    found = measure(networks, split, batch_size, report, rejecting=rejecting)
    refuse_infinite(found[0], paths, split)
    return found


def check(split: str, batch_size: int) -> None:
    """Raise InputError for what can't be evaluated."""
    if batch_size < 1:
        raise InputError(f"batch size must be 1 or more, not {batch_size}")
    check_split(split)


def places(path: Places) -> list[Place]:
    """One place or several, as a list. Raises InputError if there is none."""
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    if not paths:
        raise InputError("there is nothing to evaluate")
    return paths


def refuse_infinite(metrics: "Metrics", paths: Sequence[Place], split: str) -> None:
    """Raise InputError if the loss is no number."""
    if not math.isfinite(metrics.loss):
        raise InputError(f"{' or '.join(map(str, paths))} holds weights that make nothing finite of the {split} images")


def _whole(split: "Split") -> "Split":
    return split


def measure(
    networks: "Iterator[tuple[FrozenNetwork, Recipe]]",
    split: str,
    batch_size: int,
    report: Report,
    *,
    rejecting: bool = False,
    cut: "Callable[[Split], Split]" = _whole,
) -> "tuple[Metrics, Recipe, Rejection | None]":
    """What networks make of a split, or of a part of it.

    Parameters
    ----------
    networks : iterator of (FrozenNetwork, Recipe)
        Each with the data that are asked for; several classify together.
    split : str
    batch_size : int
    report : Report
    rejecting : bool
        Whether the last of what is returned is asked for.
    cut : callable
        From the split to the images of it that count.

    Returns
    -------
    metrics : Metrics
    recipe : Recipe
        The first one.
    rejection : Rejection or None
        None for a loss that isn't finite, too.
    """
    from lenet_tf1.inference.metrics import evaluate_and_predict, evaluate_ensemble, predict_probabilities

    splits: list[Split] = []  # what is asked for, and perhaps validation
    members: list[list[np.ndarray]] = []  # what each network makes of these
    for network, used in networks:
        if not splits:
            first, splits = used, _load(used, [split, "validation"] if rejecting else [split], report)
            if rejecting and used.dataset != network.recipe.dataset:
                splits[1:] = _load(dataclasses.replace(used, dataset=network.recipe.dataset), ["validation"], report)
            splits[0] = cut(splits[0])
        given = network.core_session, network.model
        metrics, seen = evaluate_and_predict(*given, splits[0], batch_size=batch_size)
        others = [predict_probabilities(*given, part, batch_size=batch_size) for part in splits[1:]]
        members.append([seen, *others])
    if len(members) > 1:
        metrics = evaluate_ensemble([member[0] for member in members], splits[0].labels)
    told = rejecting and math.isfinite(metrics.loss)  # of what isn't finite there is nothing to choose
    return metrics, first, _rejection(members, splits) if told else None


def restored(
    paths: Sequence[Place], recipe: str | None, dataset: str | None, data_dir: str | None, report: Report
) -> "Iterator[tuple[FrozenNetwork, Recipe]]":
    """Each network, closed after its turn, and its recipe with the data that are asked for.

    Parameters and errors are those of `evaluate`.
    """
    from lenet_tf1.inference.frozen import restore

    asked = None if recipe is None else find_recipe(recipe)
    first: Recipe | None = None
    for place in paths:
        with restore(place, asked, report) as network:
            used = dataclasses.replace(
                network.recipe,
                dataset=network.recipe.dataset if dataset is None else dataset,
                data_dir=network.recipe.data_dir if data_dir is None else data_dir,
            )
            first = first or used
            _check_member(place, used, paths[0], first)
            yield network, used


def _load(recipe: Recipe, splits: Sequence[str], report: Report) -> "list[Split]":
    from lenet_tf1.data.datasets import load

    data = load(recipe.dataset, classes=recipe.classes, data_dir=recipe.data_dir, wanted=splits, report=report)
    return [getattr(data, split).labelled for split in splits]


def _rejection(members: "Sequence[Sequence[np.ndarray]]", splits: "Sequence[Split]") -> "Rejection":
    # Of the mean of what the networks make of the split that is asked for, and of validation.
    import numpy as np

    from lenet_tf1.inference import confidence

    asked_for, on_validation = (np.mean(each, axis=0) for each in zip(*members, strict=True))
    chosen = confidence.choose(on_validation, splits[1].labels)
    return confidence.Rejection(chosen, chosen.calibrated(asked_for), splits[0].labels)


def _check_member(path: Place, recipe: Recipe, first_path: Place, first: Recipe) -> None:
    if recipe.classes != first.classes:
        raise InputError(f"{path} tells other classes apart than {first_path}")
    if recipe.dataset != first.dataset:
        raise InputError(f"{path} was not trained on {first.dataset}, as {first_path} was; say --dataset")
