"""Kaggle's tables of images recognised: a row in, a label out."""

import contextlib
import os
from pathlib import Path

from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import tables
from lenet_tf1.reading.ensemble import ensemble_of
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs.shipped import default_run


def recognise_table(
    path: str | os.PathLike[str],
    run_dir: str | os.PathLike[str] | None = None,
    *,
    recipe: str | None = None,
    report: Report = QUIET,
) -> list[str]:
    """The class of each row of a CSV of images, as data.tables.read_table reads it. They are taken as they are.

    Parameters
    ----------
    path : path
        The table, such as Kaggle's test.csv.
    run_dir : path
        A run directory or checkpoint; where none is given, runs.shipped.default_run.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.
    report : Report
        Is told of damaged checkpoints that were passed over.

    Raises
    ------
    InputError
        If there is nothing to restore, or no such table.
    """
    images, _ = tables.read_table(Path(path), report)
    place = default_run() if run_dir is None else run_dir
    asked = None if recipe is None else find_recipe(recipe)
    with contextlib.closing(ensemble_of(place, asked, report)) as ensemble:
        return [ensemble.network.recipe.classes[best] for best in ensemble.of_many(images).argmax(axis=1)]
