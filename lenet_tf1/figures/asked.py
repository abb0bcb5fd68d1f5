"""What a person asks to see: of which recipe, of which data, how much of it.

The parameters that figures of runs and of data share:

run_dir   a run directory, of which the best checkpoint by validation is taken, or a checkpoint
recipe    the name of a recipe, for a checkpoint that another program wrote; where nothing trained is needed, it can
          stand in place of a run directory
dataset   the name of a data set or its folder, in place of the recipe's
data_dir  a folder in which copies of named data sets may be
split     "train", "validation" or "test"
"""

import os
from typing import TYPE_CHECKING

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import check_split
from lenet_tf1.inference.tables import WORDS
from lenet_tf1.recipes import Recipe, find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow take a while, and plot --help needs neither
    import numpy as np

    from lenet_tf1.data.splits import Dataset, Split

RunPath = str | os.PathLike[str]

_MOST = 50  # rows and columns of a grid


def named(recipe: str | None) -> Recipe | None:
    """The recipe of that name, if there is one."""
    return None if recipe is None else find_recipe(recipe)


def recipe_of(run_dir: RunPath | None, recipe: str | None) -> Recipe:
    """That of a run directory or checkpoint; without one, that of the name, or lenet."""
    if run_dir is None:
        return named(recipe) or find_recipe("lenet")

    from lenet_tf1.runs.finding import find

    return find(run_dir, named(recipe), Report()).recipe


def load_split(
    recipe: Recipe, classes: tuple[str, ...] | None, dataset: str | None, data_dir: str | None, split: str
) -> "Dataset":
    """The recipe's data set, or the other one that is asked for, with that split at least."""
    from lenet_tf1.data.datasets import load

    check_split(split)
    where = recipe.data_dir if data_dir is None else data_dir
    return load(dataset or recipe.dataset, classes=classes, data_dir=where, wanted=[split], report=Report())


def how_many(rows: int, columns: int) -> int:
    """How many images a grid has."""
    if not (1 <= rows <= _MOST and 1 <= columns <= _MOST):
        raise InputError(f"a grid has 1 to {_MOST} rows and columns, not {rows} and {columns}")
    return rows * columns


def part_of(whole: "Split", first: int, count: int, split: str) -> "Split":
    """`count` images from the one of the number `first` on, or as many as there are."""
    if not 0 <= first < len(whole):
        raise InputError(f"there is no {WORDS[split]} image {first:,}: they go from 0 to {len(whole) - 1:,}")
    return whole[first : first + count]


def other_class(probabilities: "np.ndarray", classes: tuple[str, ...], target: str | None) -> int:
    """The number of the class of that name; without a name, that of the second likeliest.

    Raises InputError for a name that is none of the classes', or that of the likeliest.
    """
    answer, second = (int(label) for label in (-probabilities).argsort(kind="stable")[:2])
    if target is None:
        return second
    if target not in classes:
        raise InputError(f"there is no class {target}; there are {', '.join(classes)}")
    if classes.index(target) == answer:
        raise InputError(f"it is taken for {target} already; give another class than this one")
    return classes.index(target)
